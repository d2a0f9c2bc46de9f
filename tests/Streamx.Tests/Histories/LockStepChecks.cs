namespace Streamx.Tests.Histories;

/// <summary>What must hold between puts and flushes and those they wait for.</summary>
internal static class LockStepChecks
{
    internal static void Check(History history, Commits commits)
    {
        foreach (var subscription in history.EveryMembers)
        {
            foreach (var put in commits.InOrder) NoneIsLeftBehind(history, commits, subscription, put);
            foreach (var flush in history.Flushes) FlushedMeansFinished(commits, subscription, flush);
        }
    }

    /// <summary>A put succeeds only after every member has finished the value a window before it, or has left.</summary>
    private static void NoneIsLeftBehind(History history, Commits commits, SubscriptionLog subscription, PutCall put)
    {
        var position = commits.PositionOf(put)!.Value - history.Window;
        if (position < subscription.JoinedAt) return;
        Assert.True(subscription.DoneWith(position) < put.Responded, $"{put} did not wait for {subscription} to finish the value at {position}.");
    }

    /// <summary>A flush succeeds only after every member has finished what had been accepted before it, or has left.</summary>
    private static void FlushedMeansFinished(Commits commits, SubscriptionLog subscription, FlushCall flush)
    {
        var before = commits.InOrder.LastOrDefault(put => put.Responded < flush.Invoked);
        if (before is null || commits.PositionOf(before)!.Value is var position && position < subscription.JoinedAt) return;
        Assert.True(subscription.DoneWith(position) < flush.Responded, $"The flush at {flush.Invoked} did not wait for {subscription} to finish {before}.");
    }
}
