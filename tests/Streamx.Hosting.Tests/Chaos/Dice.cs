namespace Streamx.Hosting.Tests.Chaos;

/// <summary>Random decisions and pauses, which replay from their seed.</summary>
internal sealed class Dice(int seed)
{
    private readonly Lock _gate = new();

#pragma warning disable CA5394 // Nothing here is secret.
    private readonly Random _random = new(seed);

    /// <summary>A number from 0 to below the limit.</summary>
    public int Below(int limit)
    {
        lock (_gate) return _random.Next(limit);
    }
#pragma warning restore CA5394

    /// <summary>True in so many of a thousand cases.</summary>
    public bool Permille(int chance) => Below(1000) < chance;

    public bool OneIn(int chances) => Below(chances) == 0;

    public TItem OneOf<TItem>(params ReadOnlySpan<TItem> items) => items[Below(items.Length)];

    public TimeSpan Milliseconds(int below) => TimeSpan.FromMilliseconds(Below(below));

    /// <summary>Dice of their own for a part of the whole, so that what it rolls does not depend on what the others do meanwhile.</summary>
    public Dice Split() => new(Below(int.MaxValue));

    /// <summary>Not at all, a moment, or some milliseconds.</summary>
    public async Task PauseAsync(int below, CancellationToken cancellationToken = default)
    {
        switch (Below(3))
        {
            case 0:
                break;
            case 1:
                await Task.Yield();
                break;
            default:
                await Task.Delay(Milliseconds(below), TimeProvider.System, cancellationToken);
                break;
        }
    }
}
