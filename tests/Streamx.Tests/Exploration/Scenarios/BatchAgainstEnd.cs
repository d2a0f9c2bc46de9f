namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A batch that is filling ends when it is full, when its time is up, and when no more can come.</summary>
/// <remarks>
/// With synchronous continuations throughout: between its two steps a filling read goes on without a context, which would
/// otherwise be the thread pool.
/// </remarks>
internal static class BatchAgainstEnd
{
    private const string Family = nameof(BatchAgainstEnd);

    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(10);

    internal static IEnumerable<Scenario> All =>
    [
        new(Family, "Close", world =>
        {
            world.Open(window: 3, inline: true);
            var consumer = world.JoinBatches(maxSize: 3, Timeout.InfiniteTimeSpan);
            world.Run(async () =>
            {
                await world.PutAsync(1);
                await world.PutAsync(2);
            });
            world.Run(world.CloseAsync);
            world.Run(consumer.ReadToEndAsync);
        }),
        new(Family, "CloseWhilePutsWait", world =>
        {
            world.Open(window: 2, inline: true);
            var batches = world.JoinBatches(maxSize: 2, Timeout.InfiniteTimeSpan);
            var values = world.Join();
            world.TryPut(1);
            world.Run(async () =>
            {
                await world.PutAsync(2);
                await world.PutAsync(3);
            });
            world.Run(world.CloseAsync);
            world.Run(batches.ReadToEndAsync);
            world.Run(values.ReadToEndAsync);
        }),
        new(Family, "CloseWhilePutsWaitForAnother", world =>
        {
            world.Open(window: 2, inline: true);
            var batches = world.JoinBatches(maxSize: 2, Timeout.InfiniteTimeSpan);
            var slow = world.Join();
            world.TryPut(1);
            world.TryPut(2);
            world.Run(async () =>
            {
                await world.PutAsync(3);
                await world.PutAsync(4);
            });
            world.Run(world.CloseAsync);
            world.Run(batches.ReadToEndAsync);
            world.Run(() => slow.ReadAsync(2));
            world.Last(slow.ReadToEndAsync);
        }),
        new(Family, "Fault", world =>
        {
            world.Open(window: 3, inline: true);
            var consumer = world.JoinBatches(maxSize: 3, Timeout.InfiniteTimeSpan);
            world.Run(async () =>
            {
                await world.PutAsync(1);
                await world.PutAsync(2);
            });
            world.Run(() => world.Fault());
            world.Run(consumer.ReadToEndAsync);
        }),
        new(Family, "Leave", world =>
        {
            world.Open(window: 2, inline: true);
            var consumer = world.JoinBatches(maxSize: 2, Timeout.InfiniteTimeSpan);
            world.Run(async () =>
            {
                await world.PutAsync(1);
                await world.PutAsync(2);
                await world.PutAsync(3);
            });
            world.Run(consumer.ReadToEndAsync);
            world.Run(consumer.DisposeAsync);
            world.Last(world.CloseAsync);
        }),
        new(Family, "TimeIsUp", world =>
        {
            world.Open(window: 2, inline: true);
            var consumer = world.JoinBatches(maxSize: 2, s_wait);
            world.Run(async () =>
            {
                await world.PutAsync(1);
                await world.PutAsync(2);
                await world.PutAsync(3);
            });
            world.Run(consumer.ReadToEndAsync);
            world.Run(() => world.PassTime(s_wait));
            world.Last(async () =>
            {
                world.PassTime(s_wait);
                await world.CloseAsync();
            });
        }),
        new(Family, "TakesWhatIsThere", world =>
        {
            world.Open(window: 2);
            var consumer = world.JoinBatches(maxSize: 2, TimeSpan.Zero);
            world.Run(async () =>
            {
                await world.PutAsync(1);
                await world.PutAsync(2);
                await world.PutAsync(3);
            });
            world.Run(world.CloseAsync);
            world.Run(consumer.ReadToEndAsync);
        }),
    ];
}
