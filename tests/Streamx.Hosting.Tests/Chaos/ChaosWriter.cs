using System.Collections.Concurrent;

namespace Streamx.Hosting.Tests.Chaos;

/// <summary>Puts distinct, ascending values into a stream, one after the other, and remembers which were accepted.</summary>
internal sealed class ChaosWriter(int number, Dice dice)
{
    private const long Distance = 1_000_000;

    private readonly ConcurrentQueue<long> _accepted = [];
    private long _last = number * Distance;

    public IReadOnlyCollection<long> Accepted => _accepted;

    /// <summary>Whose value it is.</summary>
    public static long WriterOf(long value) => value / Distance;

    /// <summary>Puts one value in one way or the other.</summary>
    public async Task PutAsync(IStreamWriter<long> stream, CancellationToken cancellationToken)
    {
        var value = ++_last;
        if (dice.OneIn(8))
        {
            if (stream.TryPut(value)) _accepted.Enqueue(value);
            return;
        }

        await stream.PutAsync(value, dice.OneIn(10) ? CancellationToken.None : cancellationToken);
        _accepted.Enqueue(value);
        if (dice.OneIn(40)) await stream.FlushAsync(dice.OneIn(4) ? CancellationToken.None : cancellationToken);
    }
}
