using System.Collections.Concurrent;

namespace Streamx.Hosting.Tests.Chaos;

/// <summary>Puts distinct, ascending values into a stream, one after the other, and remembers which were accepted.</summary>
internal sealed class ChaosWriter(ChaosHost host, int number, Dice dice)
{
    private const long Distance = 1_000_000;

    private readonly ConcurrentQueue<long> _accepted = [];
    private long _last = number * Distance;
    private int _refused;
    private int _cancelled;
    private int _late;

    public IReadOnlyCollection<long> Accepted => _accepted;

    /// <summary>How many puts the stream refused.</summary>
    public int Refused => _refused;

    /// <summary>How many puts were cancelled: before they were made, or while they waited.</summary>
    public int Cancelled => _cancelled;

    /// <summary>How many puts ended when the host was being disposed, and its instruments with it.</summary>
    public int Late => _late;

    /// <summary>Whose value it is.</summary>
    public static long WriterOf(long value) => value / Distance;

    /// <summary>Puts one value in one way or the other.</summary>
    public async Task PutAsync(IStreamWriter<long> stream, CancellationToken cancellationToken)
    {
        var value = ++_last;
        if (dice.OneIn(8))
        {
            if (stream.TryPut(value)) _accepted.Enqueue(value);
            if (host.IsDisposing) Interlocked.Increment(ref _late);
            return;
        }

        try
        {
            await stream.PutAsync(value, dice.OneIn(10) ? CancellationToken.None : cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _cancelled);
            throw;
        }
        catch (Exception error)
        {
            // A put that comes before the consumers are subscribed is an error of its caller, and not measured.
            if (!error.Message.Contains("its host has not been started", StringComparison.Ordinal)) Interlocked.Increment(ref _refused);
            throw;
        }
        finally
        {
            if (host.IsDisposing) Interlocked.Increment(ref _late);
        }

        _accepted.Enqueue(value);
        if (dice.OneIn(40)) await stream.FlushAsync(dice.OneIn(4) ? CancellationToken.None : cancellationToken);
    }
}
