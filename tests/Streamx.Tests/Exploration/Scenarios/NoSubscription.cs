namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>What happens to puts while the last leaves and the next comes.</summary>
internal static class NoSubscription
{
    private const string Family = nameof(NoSubscription);

    internal static IEnumerable<Scenario> All => [Create(NoSubscribers.Wait), Create(NoSubscribers.Discard), Create(NoSubscribers.Throw)];

    private static Scenario Create(NoSubscribers whenNoSubscribers) => new(Family, whenNoSubscribers.ToString(), world =>
    {
        world.Open(whenNoSubscribers: whenNoSubscribers);
        var leaves = world.Join();
        world.TryPut(1);
        world.Run(async () =>
        {
            await world.PutAsync(2);
            await world.PutAsync(3);
        });
        world.Run(async () =>
        {
            await leaves.ReadAsync();
            await leaves.LeaveAsync();
        });
        world.Run(async () => await world.Join().ReadToEndAsync());
        world.Last(world.CloseAsync);
    });
}
