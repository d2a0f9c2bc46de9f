namespace Streamx.Tests.Schedules;

/// <summary>Random decisions and pauses of one worker of a round.</summary>
internal sealed class Disorder(int seed)
{
#pragma warning disable CA5394 // A schedule that replays from its seed is the point; nothing here is secret.
    private readonly Random _random = new(seed);

    internal int Below(int limit) => _random.Next(limit);

    internal bool OneIn(int chances) => _random.Next(chances) == 0;

    internal TItem OneOf<TItem>(params ReadOnlySpan<TItem> items) => items[_random.Next(items.Length)];
#pragma warning restore CA5394

    /// <summary>Lets others run, or keeps them waiting, for a random while.</summary>
    internal async ValueTask PauseAsync(int yields = 3)
    {
        switch (Below(4))
        {
            case 0:
                Thread.SpinWait(Below(200));
                break;
            case 1:
                for (var i = Below(yields + 1); i > 0; i--) await Task.Yield();
                break;
            default:
                break;
        }
    }
}
