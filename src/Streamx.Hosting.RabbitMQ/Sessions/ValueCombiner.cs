using System.Diagnostics;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Has values that wait at the same time go together, in one message.</summary>
/// <remarks>
/// A value goes at once if nothing is under way. What comes while a message waits for its confirm waits with it, unless it fills a message:
/// so nothing waits for values that may never come, and large values do not wait for one another.
/// </remarks>
/// <param name="order">Guards the order of what is appended, and everything here.</param>
/// <param name="maxBytes">How many bytes the values of a message may take. A value that takes more goes alone.</param>
/// <param name="mayCombine">Whether every process reads messages of several values now.</param>
/// <param name="publish">Publishes values in one message. Called under the lock; its task ends with the confirm.</param>
internal sealed class ValueCombiner(
    Lock order, long maxBytes, Func<bool> mayCombine, Func<IReadOnlyList<StreamMessage>, Task> publish)
{
    /// <summary>The values that wait; null for none.</summary>
    private WaitingValues? _waiting;

    /// <summary>How many messages wait for their confirms.</summary>
    private int _underWay;

    /// <summary>Appends values behind the last. For a caller that holds the lock.</summary>
    /// <returns>Ends when all of them are confirmed.</returns>
    internal Task AppendLocked(IReadOnlyList<StreamMessage> values)
    {
        List<Task> confirms = [];
        var mayWait = mayCombine();
        foreach (var value in values)
        {
            if (_waiting is { } before && !(mayWait && before.Takes(value, maxBytes))) SendLocked();
            _waiting ??= new WaitingValues(Activity.Current);
            _waiting.Add(value);
            if (confirms.Count == 0 || confirms[^1] != _waiting.Confirmed) confirms.Add(_waiting.Confirmed);
            if (!mayWait || _waiting.Bytes >= maxBytes) SendLocked();
        }

        if (_underWay == 0) SendLocked();
        return confirms.Count == 1 ? confirms[0] : Task.WhenAll(confirms);
    }

    /// <summary>Sends what waits. For a caller that holds the lock.</summary>
    internal void SendLocked()
    {
        if (_waiting is not { } group) return;
        _waiting = null;
        _underWay++;
        // The client's span of the publish belongs to the put of the first value, not to the put whose confirm has just come.
        var before = Activity.Current;
        if (group.Activity is not { IsStopped: true }) StreamxTracing.MakeCurrent(group.Activity);
        var publishing = group.Values.Count == 1 || mayCombine()
            ? publish(group.Values)
            : Task.WhenAll(group.Values.Select(value => publish([value])));
        StreamxTracing.MakeCurrent(before);
        _ = SettleAsync(group, publishing);
    }

    private async Task SettleAsync(WaitingValues group, Task publishing)
    {
        await publishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (order)
        {
            // Also after an error: what waits finds the connection ended, and fails as well.
            if (--_underWay == 0) SendLocked();
        }

        group.Settle(publishing);
    }
}
