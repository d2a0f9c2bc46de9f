namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A put's waiter serves the next put while the cancellation of the last may still be running.</summary>
internal static class WaiterRecycling
{
    private const string Family = nameof(WaiterRecycling);

    internal static IEnumerable<Scenario> All =>
    [
        Create("OneProducer", inline: false),
        Create("SynchronousContinuations", inline: true),
        new(Family, "TwoProducers", world =>
        {
            world.Open();
            var token = new CancellationRecord();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(async () =>
            {
                await world.PutAsync(2, token);
                await world.PutAsync(3);
            });
            world.Run(async () =>
            {
                await world.PutAsync(4);
                await world.PutAsync(5);
            });
            world.Run(() => world.Cancel(token));
            world.Run(consumer.ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
    ];

    private static Scenario Create(string situation, bool inline) => new(Family, situation, world =>
    {
        world.Open(inline: inline);
        var token = new CancellationRecord();
        var consumer = world.Join();
        world.TryPut(1);
        world.Run(async () =>
        {
            await world.PutAsync(2, token);
            await world.PutAsync(3);
        });
        world.Run(() => world.Cancel(token));
        world.Run(consumer.ReadToEndAsync);
        world.Last(world.CloseAsync);
    });
}
