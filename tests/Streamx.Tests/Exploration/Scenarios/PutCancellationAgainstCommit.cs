namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A put that is cancelled happens for every subscription or for none, and harms no other put.</summary>
internal static class PutCancellationAgainstCommit
{
    private const string Family = nameof(PutCancellationAgainstCommit);

    internal static IEnumerable<Scenario> All =>
    [
        new(Family, "AnotherPutBehind", world =>
        {
            world.Open();
            var token = new CancellationRecord();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2, token));
            world.Run(() => world.PutAsync(3));
            world.Run(() => world.Cancel(token));
            world.Run(consumer.ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
        new(Family, "LastPutOfAClosingStream", world =>
        {
            world.Open();
            var token = new CancellationRecord();
            var consumer = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2, token));
            world.Run(() => world.Cancel(token));
            world.Run(world.CloseAsync);
            world.Run(consumer.ReadToEndAsync);
        }),
        new(Family, "TwoConsumers", world =>
        {
            world.Open();
            var token = new CancellationRecord();
            var first = world.Join();
            var second = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2, token));
            world.Run(() => world.Cancel(token));
            world.Run(first.ReadToEndAsync);
            world.Run(second.ReadToEndAsync);
            world.Last(world.CloseAsync);
        }),
        new(Family, "ClosingWhileOneIsIdle", world =>
        {
            world.Open();
            var token = new CancellationRecord();
            var reads = world.Join();
            var idle = world.Join();
            world.TryPut(1);
            world.Run(() => world.PutAsync(2, token));
            world.Run(() => world.Cancel(token));
            world.Run(world.CloseAsync);
            world.Run(reads.ReadToEndAsync);
            world.Last(idle.ReadToEndAsync);
        }),
        new(Family, "NoSubscription", world =>
        {
            world.Open();
            var token = new CancellationRecord();
            world.Run(() => world.PutAsync(1, token));
            world.Run(() => world.Cancel(token));
            world.Run(async () => await world.Join().ReadToEndAsync());
            world.Last(world.CloseAsync);
        }),
    ];
}
