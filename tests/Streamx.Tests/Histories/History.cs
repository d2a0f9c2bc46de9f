using System.Collections.Concurrent;

namespace Streamx.Tests.Histories;

/// <summary>Everything that was called in one round, and when. Complete once all writers have ended.</summary>
internal sealed class History(int window)
{
    internal HistoryClock Clock { get; } = new();

    internal int Window => window;

    internal ConcurrentQueue<PutCall> Puts { get; } = [];

    internal ConcurrentQueue<FlushCall> Flushes { get; } = [];

    internal ConcurrentQueue<SubscriptionLog> Subscriptions { get; } = [];

    /// <summary>Whether there was a subscription in mode <c>Every</c> from the first put to the end.</summary>
    internal bool HasObserver { get; set; }

    internal long CloseInvoked { get; set; } = HistoryClock.Never;

    internal long CloseReturned { get; set; } = HistoryClock.Never;

    internal long FaultInvoked { get; set; } = HistoryClock.Never;

    /// <summary>Set only if the fault succeeded.</summary>
    internal long FaultReturned { get; set; } = HistoryClock.Never;

    /// <summary>How many values the stream says it accepted.</summary>
    internal long Accepted { get; set; }

    internal IEnumerable<SubscriptionLog> EveryMembers => Subscriptions.Where(subscription => subscription is { IsMember: true, IsEvery: true });

    internal string Describe()
    {
        var lines = new List<string> { $"window {window}, accepted {Accepted}, close {CloseInvoked} to {CloseReturned}, fault {FaultInvoked} to {FaultReturned}" };
        lines.AddRange(Puts.OrderBy(put => put.Invoked).Select(put => put.Describe()));
        lines.AddRange(Flushes.Select(flush => $"{flush.Invoked,5} flush {flush.Responded}"));
        lines.AddRange(Subscriptions.Select(subscription => subscription.Describe()));
        return string.Join(Environment.NewLine, lines).Replace($"{HistoryClock.Never}", "never", StringComparison.Ordinal);
    }
}
