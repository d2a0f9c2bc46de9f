namespace Streamx.Hosting.RabbitMQ.Worker;

/// <summary>Puts one number after another.</summary>
/// <param name="log">Where each put is noted, before and after.</param>
/// <param name="first">The first number. No other producer of the test puts any of those that follow.</param>
/// <param name="window">How many puts may be under way.</param>
/// <param name="putsOversized">Whether it also puts values that are too large, each of which has to fail by itself.</param>
internal sealed class Feed(WorkLog log, long first, int window, bool putsOversized)
{
    /// <summary>After how many values one is put that is too large.</summary>
    private const int Oversized = 20;

    /// <summary>Puts until it is cancelled.</summary>
    internal async Task RunAsync(IStreamWriter<long> puts, CancellationToken cancellationToken)
    {
        // The calls in order, their ends noted in that order.
        Queue<(long Value, Task Put)> underWay = new();
        for (var value = first; ; value++)
        {
            if (putsOversized && value % Oversized == 0) await PutOversizedAsync(puts, value, cancellationToken);
            log.Intend(value);
            underWay.Enqueue((value, puts.PutAsync(value, cancellationToken).AsTask()));
            if (underWay.Count < window) continue;
            var (put, task) = underWay.Dequeue();
            await task;
            log.Return(put);
        }
    }

    private static async Task PutOversizedAsync(IStreamWriter<long> puts, long value, CancellationToken cancellationToken)
    {
        try
        {
            await puts.PutAsync(-value, cancellationToken);
        }
        catch (ArgumentException)
        {
            return;
        }

        throw new InvalidOperationException($"{-value} is too large, and its put returned.");
    }
}
