namespace Streamx.Hosting.RabbitMQ.Worker;

/// <summary>Puts one number after another.</summary>
/// <param name="log">Where each put is noted, before and after.</param>
/// <param name="first">The first number. No other producer of the test puts any of those that follow.</param>
/// <param name="window">How many puts may be under way.</param>
internal sealed class Feed(WorkLog log, long first, int window)
{
    /// <summary>Puts until it is cancelled.</summary>
    internal async Task RunAsync(IStreamWriter<long> puts, CancellationToken cancellationToken)
    {
        // The calls in order, their ends noted in that order.
        Queue<(long Value, Task Put)> underWay = new();
        for (var value = first; ; value++)
        {
            log.Intend(value);
            underWay.Enqueue((value, puts.PutAsync(value, cancellationToken).AsTask()));
            if (underWay.Count < window) continue;
            var (put, task) = underWay.Dequeue();
            await task;
            log.Return(put);
        }
    }
}
