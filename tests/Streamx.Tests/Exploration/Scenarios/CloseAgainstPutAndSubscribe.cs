namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>Puts that wait when the stream closes still commit, later ones do not, and a later subscription sees the end at once.</summary>
internal static class CloseAgainstPutAndSubscribe
{
    private const string Family = nameof(CloseAgainstPutAndSubscribe);

    internal static IEnumerable<Scenario> All =>
    [
        new(Family, "PutsWait", world =>
        {
            world.Open();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2));
            world.Run(() => world.PutAsync(3));
            world.Run(world.CloseAsync);
            world.Run(consumer.ReadToEndAsync);
        }),
        new(Family, "SomebodyJoins", world =>
        {
            world.Open();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2));
            world.Run(world.CloseAsync);
            world.Run(async () => await world.Join().ReadToEndAsync());
            world.Run(consumer.ReadToEndAsync);
        }),
        new(Family, "NoSubscription", world =>
        {
            world.Open();
            world.Run(() => world.PutAsync(1));
            world.Run(world.CloseAsync);
            world.Run(async () => await world.Join().ReadToEndAsync());
        }),
        new(Family, "LastMemberLeaves", world =>
        {
            world.Open();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2));
            world.Run(world.CloseAsync);
            world.Run(async () =>
            {
                await consumer.ReadAsync();
                await consumer.LeaveAsync();
            });
        }),
        new(Family, "TryPutAndSecondClose", world =>
        {
            world.Open(window: 2);
            var consumer = world.Join();
            world.Run(() =>
            {
                world.TryPut(1);
                world.TryPut(2);
            });
            world.Run(world.CloseAsync);
            world.Run(world.CloseAsync);
            world.Run(consumer.ReadToEndAsync);
        }),
    ];
}
