using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Dashboard.Tests.Support;

/// <summary>A test's clock that knows what waits for it: time that passes before a wait has begun does not count for it.</summary>
internal sealed class PausedClock : FakeTimeProvider
{
    /// <summary>The timers that have not gone off, and when each was to, from its making on.</summary>
    private readonly ConcurrentDictionary<object, TimeSpan> _waits = new();

    /// <summary>Whether a wait has begun that takes no longer.</summary>
    public bool IsAwaited(TimeSpan longest) => _waits.Values.Any(wait => wait <= longest);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var key = new object();
        var timer = base.CreateTimer(
            argument =>
            {
                // Before the callback: what it starts may wait again.
                _waits.TryRemove(key, out _);
                callback(argument);
            },
            state, dueTime, period);
        _waits[key] = dueTime;
        return new KnownTimer(timer, () => _waits.TryRemove(key, out _));
    }

    private sealed class KnownTimer(ITimer timer, Action onDisposed) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            onDisposed();
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
