namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A reader that fell behind goes through several values without the lock, while others wait for it, leave or end the stream.</summary>
internal static class RunAgainstEverything
{
    private const string Family = nameof(RunAgainstEverything);

    internal static IEnumerable<Scenario> All =>
    [
        Create("ReadsAPartOnly", (world, consumer) =>
        {
            world.Run(async () => await consumer.ReadAsync(2));
            world.Run(world.FlushAsync);
            world.Run(() => world.PutAsync(4));
            world.Last(async () =>
            {
                world.BeginClose();
                await consumer.ReadToEndAsync();
            });
        }, reads: false),
        Create("Put", (world, _) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(() => world.PutAsync(5));
            world.Last(world.CloseAsync);
        }),
        Create("Flush", (world, _) =>
        {
            world.Run(world.FlushAsync);
            world.Run(() => world.PutAsync(4));
            world.Last(world.CloseAsync);
        }),
        Create("Leave", (world, consumer) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(consumer.DisposeAsync);
            world.Last(world.CloseAsync);
        }),
        Create("Close", (world, _) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(world.CloseAsync);
        }),
        Create("Fault", (world, _) =>
        {
            world.Run(world.FlushAsync);
            world.Run(() => world.Fault());
            world.Run(() => world.PutAsync(4));
        }),
        Create("Look", (world, _) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(world.Look);
            world.Last(world.CloseAsync);
        }),
        Create("AnotherReader", (world, _) =>
        {
            world.Run(world.Consumers[1].ReadToEndAsync);
            world.Run(() => world.PutAsync(4));
            world.Last(world.CloseAsync);
        }, consumers: 2),
        new(Family, "AnotherTakesItsPlace", world =>
        {
            world.Open(window: 2);
            var leaves = world.Join();
            world.TryPut(1);
            world.TryPut(2);
            world.Run(leaves.ReadToEndAsync);
            world.Run(async () =>
            {
                await leaves.DisposeAsync();
                var comes = world.Join();
                world.TryPut(3);
                world.TryPut(4);
                await comes.ReadToEndAsync();
            });
            world.Last(world.CloseAsync);
        }),
        new(Family, "TokenLeavesAndAnotherGoesOn", world =>
        {
            world.Open(window: 2);
            var token = new CancellationRecord();
            var leaves = world.Join(cancellation: token);
            var stays = world.Join();
            world.TryPut(1);
            world.TryPut(2);
            world.Run(leaves.ReadToEndAsync);
            world.Run(async () =>
            {
                leaves.Cancel(token);
                await stays.ReadToEndAsync();
            });
            world.Run(async () =>
            {
                await world.PutAsync(3);
                await world.PutAsync(4);
            });
            world.Last(world.CloseAsync);
        }),
        new(Family, "SlotsAreAdded", world =>
        {
            world.Open(window: 4);
            var consumer = world.Join();
            world.TryPut(1);
            world.TryPut(2);
            world.Run(consumer.ReadToEndAsync);
            world.Run(() =>
            {
                world.TryPut(3);
                world.TryPut(4);
            });
            world.Last(world.CloseAsync);
        }),
    ];

    private static Scenario Create(string situation, Action<World, Consumer> others, int consumers = 1, bool reads = true) => new(Family, situation, world =>
    {
        world.Open(window: 3);
        for (var i = 0; i < consumers; i++) world.Join();
        for (var value = 1; value <= 3; value++) world.TryPut(value);
        var consumer = world.Consumers[0];
        if (reads) world.Run(consumer.ReadToEndAsync);
        others(world, consumer);
    });
}
