namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A <c>Latest</c> subscription holds up nothing, goes only forward, and gets the newest before the end.</summary>
internal static class LatestAgainstEverything
{
    private const string Family = nameof(LatestAgainstEverything);

    internal static IEnumerable<Scenario> All =>
    [
        Create("Close", (world, _) => world.Run(world.CloseAsync)),
        Create("Fault", (world, _) => world.Run(() => world.Fault())),
        Create("Leave", (world, latest) =>
        {
            world.Run(latest.DisposeAsync);
            world.Last(world.CloseAsync);
        }),
        new(Family, "NeverRead", world =>
        {
            world.Open();
            world.Join(SubscriptionMode.Latest);
            var every = world.Join();
            world.Run(async () =>
            {
                await world.PutAsync(1);
                await world.PutAsync(2);
                await world.FlushAsync();
            });
            world.Run(every.ReadToEndAsync);
            world.Run(async () => await world.Join(SubscriptionMode.Latest).ReadToEndAsync());
            world.Last(world.CloseAsync);
        }),
        new(Family, "OnlyLatestAndDiscard", world =>
        {
            world.Open(whenNoSubscribers: NoSubscribers.Discard);
            var latest = world.Join(SubscriptionMode.Latest);
            world.Run(async () =>
            {
                await world.PutAsync(1);
                await world.PutAsync(2);
            });
            world.Run(latest.ReadToEndAsync);
            world.Run(world.CloseAsync);
        }),
    ];

    private static Scenario Create(string situation, Action<World, Consumer> end) => new(Family, situation, world =>
    {
        world.Open();
        var every = world.Join();
        var latest = world.Join(SubscriptionMode.Latest);
        world.Run(async () =>
        {
            await world.PutAsync(1);
            await world.PutAsync(2);
        });
        world.Run(every.ReadToEndAsync);
        world.Run(latest.ReadToEndAsync);
        end(world, latest);
    });
}
