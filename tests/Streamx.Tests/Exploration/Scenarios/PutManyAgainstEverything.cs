namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A call puts more values than fit the window, while others put, finish, leave, come, cancel or end the stream.</summary>
internal static class PutManyAgainstEverything
{
    private const string Family = nameof(PutManyAgainstEverything);

    internal static IEnumerable<Scenario> All =>
    [
        Create("OtherPuts", (world, consumer) =>
        {
            world.Run(() => world.PutAsync(7));
            world.Run(() => world.PutManyAsync([8, 9]));
            world.Run(consumer.ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
        Create("TryPut", (world, consumer) =>
        {
            world.Run(() => world.TryPut(7));
            world.Run(consumer.ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
        Create("Close", (world, consumer) =>
        {
            world.Run(world.CloseAsync);
            world.Run(() => world.PutManyAsync([7, 8]));
            world.Run(consumer.ReadToEndAsync);
        }),
        Create("Fault", (world, consumer) =>
        {
            world.Run(() => world.Fault());
            world.Run(world.FlushAsync);
            world.Run(consumer.ReadToEndAsync);
        }),
        Create("Leave", (world, consumer) =>
        {
            world.Run(async () =>
            {
                await consumer.ReadAsync(2);
                await consumer.LeaveAsync();
            });
            world.Run(async () => await world.Join().ReadToEndAsync());
            world.Last(world.CloseAsync);
        }),
        Create("LeaveWhileClosing", (world, consumer) =>
        {
            world.Run(async () =>
            {
                await consumer.ReadAsync(2);
                await consumer.LeaveAsync();
            });
            world.Run(world.CloseAsync);
        }),
        Create("TwoConsumers", (world, consumer) =>
        {
            world.Run(consumer.ReadToEndAsync);
            world.Run(world.Join().ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
        Create("Latest", (world, consumer) =>
        {
            world.Run(world.Join(SubscriptionMode.Latest).ReadToEndAsync);
            world.Run(consumer.ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
        Create("Stops", (world, consumer) =>
        {
            world.Run(async () => await consumer.ReadAsync(2));
            world.Run(() => world.PutAsync(7));
            world.Run(world.Look);
            world.Last(async () =>
            {
                world.BeginClose();
                await consumer.ReadToEndAsync();
            });
        }),
        new(Family, "LatestGetsTheLast", world =>
        {
            world.Open(window: 2);
            var consumer = world.Join();
            world.Run(world.Join(SubscriptionMode.Latest).ReadToEndAsync);
            world.Run(() => world.PutManyAsync([1, 2]));
            world.Run(consumer.ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
        new(Family, "Cancelled", world =>
        {
            world.Open(window: 2);
            var token = new CancellationRecord();
            var consumer = world.Join();
            world.Run(() => world.PutManyAsync([1, 2, 3, 4], token));
            world.Run(() => world.PutAsync(7));
            world.Run(() => world.Cancel(token));
            world.Run(consumer.ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
        new(Family, "WaiterServesAnother", world =>
        {
            world.Open();
            var token = new CancellationRecord();
            var consumer = world.Join();
            world.Run(async () =>
            {
                await world.PutManyAsync([1, 2], token);
                await world.PutAsync(3);
                await world.PutManyAsync([4, 5]);
            });
            world.Run(() => world.Cancel(token));
            world.Run(consumer.ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
        new(Family, "Batches", world =>
        {
            world.Open(window: 3);
            var consumer = world.JoinBatches(2, TimeSpan.Zero);
            world.Run(() => world.PutManyAsync([1, 2, 3, 4, 5]));
            world.Run(consumer.ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
        new(Family, "InARun", world =>
        {
            world.Open(window: 3);
            var consumer = world.Join();
            world.TryPut(6);
            world.TryPut(7);
            world.TryPut(8);
            world.Run(consumer.ReadToEndAsync);
            world.Run(() => world.PutManyAsync([1, 2, 3, 4]));
            world.Run(world.FlushAsync);
            world.Last(world.CloseAsync);
        }),
    ];

    private static Scenario Create(string situation, Action<World, Consumer> others) => new(Family, situation, world =>
    {
        world.Open(window: 2);
        var consumer = world.Join();
        world.Run(() => world.PutManyAsync([1, 2, 3, 4]));
        others(world, consumer);
    });
}
