namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A fault fails whatever waits or comes later, and nothing that had been accepted.</summary>
internal static class FaultAgainstEverything
{
    private const string Family = nameof(FaultAgainstEverything);

    internal static IEnumerable<Scenario> All =>
    [
        new(Family, "PutsAndReads", world =>
        {
            world.Open();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2));
            world.Run(() => world.PutAsync(3));
            world.Run(() => world.Fault());
            world.Run(consumer.ReadToEndAsync);
        }),
        new(Family, "Flush", world =>
        {
            world.Open(window: 2);
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(world.FlushAsync);
            world.Run(() => world.PutAsync(2));
            world.Run(() => world.Fault());
            world.Run(consumer.ReadToEndAsync);
        }),
        new(Family, "Close", world =>
        {
            world.Open();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2));
            world.Run(world.CloseAsync);
            world.Run(() => world.Fault());
            world.Run(consumer.ReadToEndAsync);
        }),
        new(Family, "CloseOfAnIdleStream", world =>
        {
            world.Open();
            var consumer = world.Join();
            world.Run(world.CloseAsync);
            world.Run(() => world.Fault());
            world.Run(consumer.ReadToEndAsync);
        }),
        new(Family, "Leave", world =>
        {
            world.Open();
            var leaves = world.Join();
            var stays = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2));
            world.Run(() => world.Fault());
            world.Run(leaves.DisposeAsync);
            world.Run(stays.ReadToEndAsync);
        }),
        new(Family, "CancellationAndSecondFault", world =>
        {
            world.Open();
            var token = new CancellationRecord();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2, token));
            world.Run(() => world.Cancel(token));
            world.Run(() => world.Fault());
            world.Run(() => world.Fault());
            world.Last(consumer.ReadToEndAsync);
        }),
        new(Family, "Subscribe", world =>
        {
            world.Open();
            world.Run(() => world.PutAsync(1));
            world.Run(() => world.Fault());
            world.Run(async () => await world.Join().ReadToEndAsync());
        }),
    ];
}
