namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A flush ends when what was accepted before it is finished, whichever member finishes it or leaves, and however much comes later.</summary>
internal static class FlushAgainstFinish
{
    private const string Family = nameof(FlushAgainstFinish);

    internal static IEnumerable<Scenario> All =>
    [
        new(Family, "PutsGoOn", world =>
        {
            world.Open(window: 2);
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(world.FlushAsync);
            world.Run(() => world.PutAsync(2));
            world.Run(async () => await consumer.ReadAsync(3));
            world.Last(async () =>
            {
                world.BeginClose();
                await consumer.ReadToEndAsync();
            });
        }),
        new(Family, "ReleasedByARead", world =>
        {
            world.Open();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(world.FlushAsync);
            world.Run(consumer.ReadToEndAsync);
            world.Run(async () =>
            {
                world.TryPut(2);
                await world.PutAsync(3);
            });
            world.Last(world.CloseAsync);
        }),
        new(Family, "OneLeaves", world =>
        {
            world.Open();
            var stays = world.Join();
            var leaves = world.Join();
            world.TryPut(1);
            world.Run(world.FlushAsync);
            world.Run(stays.ReadToEndAsync);
            world.Run(leaves.DisposeAsync);
            world.Last(world.CloseAsync);
        }),
    ];
}
