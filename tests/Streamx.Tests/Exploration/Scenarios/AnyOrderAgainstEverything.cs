namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>
/// A consumer has several values in hand and finishes them in any order, while others put, flush, leave or end the stream.
/// </summary>
internal static class AnyOrderAgainstEverything
{
    private const string Family = nameof(AnyOrderAgainstEverything);

    internal static IEnumerable<Scenario> All =>
    [
        Create("Put", (world, consumer) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(() => world.PutAsync(5));
            world.Run(() => consumer.WorkToEndAsync(2));
            world.Last(world.CloseAsync);
        }),
        Create("TwoSlots", (world, consumer) =>
        {
            world.Run(async () =>
            {
                await consumer.ReadAsync(2);
                consumer.Finish(2);
                await consumer.ReadAsync();
                consumer.Finish(3);
            });
            world.Run(() => world.PutAsync(4));
            world.Run(world.FlushAsync);
            world.Last(async () =>
            {
                consumer.Finish(1);
                world.BeginClose();
                await consumer.WorkToEndAsync(1);
            });
        }),
        Create("PutMany", (world, consumer) =>
        {
            world.Run(() => world.PutManyAsync([4, 5, 6]));
            world.Run(() => consumer.WorkToEndAsync(2));
            world.Last(world.CloseAsync);
        }),
        Create("WaitsForItsHand", (world, consumer) =>
        {
            world.Run(async () =>
            {
                await consumer.ReadAsync(3);
                await consumer.WorkToEndAsync(1);
            });
            world.Run(world.CloseAsync);
            world.Run(world.Look);
            world.Last(() =>
            {
                consumer.Finish(2);
                return Task.CompletedTask;
            });
        }),
        Create("WaitsForItsHandAndMoreIsPut", (world, consumer) =>
        {
            world.Run(async () =>
            {
                await consumer.ReadAsync(2);
                consumer.Finish(1);
                await consumer.ReadAsync(2);
                consumer.Finish(4);
                consumer.Finish(2);
                await consumer.WorkToEndAsync(1);
            });
            world.Run(async () =>
            {
                await world.PutAsync(4);
                await world.PutAsync(5);
            });
            world.Last(async () =>
            {
                consumer.Finish(3);
                await world.CloseAsync();
            });
        }),
        Create("Close", (world, consumer) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(world.CloseAsync);
            world.Run(() => consumer.WorkToEndAsync(2));
        }),
        Create("Fault", (world, consumer) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(() => world.Fault());
            world.Run(() => consumer.WorkToEndAsync(2));
        }),
        Create("Leave", (world, consumer) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(() => consumer.WorkToEndAsync(2));
            world.Run(consumer.DisposeAsync);
            world.Last(world.CloseAsync);
        }),
        Create("Another", (world, consumer) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(() => consumer.WorkToEndAsync(2));
            world.Run(world.Consumers[1].ReadToEndAsync);
            world.Last(world.CloseAsync);
        }, others: 1),
    ];

    private static Scenario Create(string situation, Action<World, Consumer> arrange, int others = 0) => new(Family, situation, world =>
    {
        world.Open(window: 3);
        var consumer = world.JoinConcurrent(slots: 2);
        for (var i = 0; i < others; i++) world.Join();
        for (var value = 1; value <= 3; value++) world.TryPut(value);
        arrange(world, consumer);
    });
}
