namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A subscription joins while the last consumer finishes the value for which a put waits.</summary>
internal static class LastFinishAgainstJoin
{
    private const string Family = nameof(LastFinishAgainstJoin);

    internal static IEnumerable<Scenario> All =>
    [
        Create("OneConsumer", window: 1, consumers: 1, inline: false),
        Create("TwoConsumers", window: 1, consumers: 2, inline: false),
        Create("Window", window: 2, consumers: 1, inline: false),
        Create("SynchronousContinuations", window: 1, consumers: 1, inline: true),
        new(Family, "LastOfTwoAndJoinerReadTwoEach", world =>
        {
            world.Open();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(async () =>
            {
                await world.PutAsync(2);
                await world.PutAsync(3);
            });
            world.Run(async () => await world.Join().ReadAsync(2));
            world.Run(async () => await consumer.ReadAsync(3));
            world.Last(async () =>
            {
                world.BeginClose();
                foreach (var member in world.Consumers) await member.ReadToEndAsync();
            });
        }),
    ];

    private static Scenario Create(string situation, int window, int consumers, bool inline) => new(Family, situation, world =>
    {
        world.Open(window, inline);
        for (var i = 0; i < consumers; i++) world.Run(world.Join().ReadToEndAsync);
        for (var value = 1; value <= window; value++) world.TryPut(value);
        world.Run(async () =>
        {
            await world.PutAsync(window + 1);
            await world.PutAsync(window + 2);
        });
        world.Run(async () => await world.Join().ReadToEndAsync());
        world.Last(world.CloseAsync);
    });
}
