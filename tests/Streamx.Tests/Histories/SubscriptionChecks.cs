namespace Streamx.Tests.Histories;

/// <summary>What must hold of each subscription of a history, besides that all saw one order.</summary>
internal static class SubscriptionChecks
{
    internal static void Check(History history, Commits commits)
    {
        foreach (var subscription in history.Subscriptions)
        {
            BeginsWhereItJoined(history, commits, subscription);
            EndsWhereItLeft(history, commits, subscription);
            if (!subscription.IsEvery) JumpsForward(commits, subscription);
        }
    }

    private static void BeginsWhereItJoined(History history, Commits commits, SubscriptionLog subscription)
    {
        foreach (var put in history.Puts.Where(put => put.Result == PutResult.Accepted))
        {
            if (commits.PositionOf(put) is not { } position) continue;
            if (put.Responded < subscription.SubscribeInvoked)
                Assert.True(position < subscription.JoinedAt, $"{put} had been accepted before {subscription} joined, which counts from {subscription.JoinedAt}.");
            if (put.Invoked > subscription.SubscribeReturned)
                Assert.True(position >= subscription.JoinedAt, $"{put} was made after {subscription} had joined, which counts from {subscription.JoinedAt}.");
        }
    }

    private static void EndsWhereItLeft(History history, Commits commits, SubscriptionLog subscription)
    {
        var toldEnd = subscription.SawTheEnd || subscription.SawTheFault;
        Assert.True(subscription.IsMember || !subscription.Values.Any(), $"{subscription} came too late, but saw values.");
        Assert.True(!subscription.SawTheFault || history.FaultReturned != HistoryClock.Never, $"{subscription} was told a fault there was not.");
        if (subscription.SawTheEnd) Assert.True(history.CloseInvoked != HistoryClock.Never, $"{subscription} was told an end there was not.");
        foreach (var read in subscription.Reads.Where(read => read.Values.Count > 0))
        {
            Assert.True(read.Invoked < subscription.LeaveReturned, $"{subscription} read a value after it had left.");
            foreach (var put in read.Values)
                Assert.True(put.Invoked < read.Responded && put.Invoked < subscription.LeaveReturned, $"{subscription} saw {put} before it was put, or left first.");
        }

        if (!toldEnd || !subscription.IsMember) return;
        if (subscription.IsEvery) Assert.Equal(history.Accepted, subscription.JoinedAt + subscription.Values.Count());
        else if (history.Accepted > subscription.JoinedAt && history.HasObserver) Assert.Equal(history.Accepted - 1, commits.PositionOf(subscription.Values.Last()));
    }

    private static void JumpsForward(Commits commits, SubscriptionLog subscription)
    {
        var last = subscription.JoinedAt - 1;
        foreach (var put in subscription.Values)
        {
            Assert.True(put.Result == PutResult.Accepted, $"{subscription} saw {put}, which ended {put.Result}.");
            if (commits.PositionOf(put) is not { } position) continue;
            Assert.True(position > last, $"{subscription} saw {put} at {position} after {last}.");
            last = position;
        }
    }
}
