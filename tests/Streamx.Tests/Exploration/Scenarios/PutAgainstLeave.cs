namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A member that leaves makes room at once, whichever way it leaves, and takes nothing from the others.</summary>
internal static class PutAgainstLeave
{
    private const string Family = nameof(PutAgainstLeave);

    internal static IEnumerable<Scenario> All =>
    [
        new(Family, "OneOfTwoLeaves", world =>
        {
            world.Open();
            var stays = world.Join();
            var leaves = world.Join();
            world.Run(async () =>
            {
                await world.PutAsync(1);
                await world.PutAsync(2);
            });
            world.Run(stays.ReadToEndAsync);
            world.Run(async () =>
            {
                await leaves.ReadAsync();
                await leaves.LeaveAsync();
            });
            world.Last(world.CloseAsync);
        }),
        new(Family, "OnlyOneLeavesAndAnotherJoins", world =>
        {
            world.Open();
            var leaves = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2));
            world.Run(leaves.DisposeAsync);
            world.Run(async () => await world.Join().ReadToEndAsync());
            world.Last(world.CloseAsync);
        }),
        new(Family, "TokenLeaves", world =>
        {
            world.Open();
            var token = new CancellationRecord();
            var stays = world.Join();
            var leaves = world.Join(cancellation: token);
            world.TryPut(1);
            world.Run(() => world.PutAsync(2));
            world.Run(stays.ReadToEndAsync);
            world.Run(leaves.ReadToEndAsync);
            world.Run(() => leaves.Cancel(token));
            world.Last(world.CloseAsync);
        }),
        new(Family, "ReadWaitsWhereOneLeaves", world =>
        {
            world.Open();
            var leaves = world.Join();
            world.Run(() => world.PutAsync(1));
            world.Run(leaves.ReadToEndAsync);
            world.Run(leaves.DisposeAsync);
            world.Last(world.CloseAsync);
        }),
        new(Family, "SynchronousContinuations", world =>
        {
            world.Open(inline: true);
            var stays = world.Join();
            var leaves = world.Join();
            world.TryPut(1);
            world.Run(async () =>
            {
                await world.PutAsync(2);
                await world.PutAsync(3);
            });
            world.Run(stays.ReadToEndAsync);
            world.Run(async () =>
            {
                await leaves.ReadAsync();
                await leaves.LeaveAsync();
            });
            world.Last(world.CloseAsync);
        }),
    ];
}
