namespace Streamx.Tests.Histories;

/// <summary>What must hold of the puts of a history.</summary>
internal static class PutChecks
{
    internal static void Check(History history, Commits commits)
    {
        AllOrNone(history, commits);
        InTheOrderOfCalls(commits);
        NoneOvertakesWhoWaits(history);
        AfterTheEndNone(history);
        WaitingOnesSurviveClose(history);
    }

    private static void AllOrNone(History history, Commits commits)
    {
        Assert.Equal(history.Puts.Count(put => put.Result == PutResult.Accepted), history.Accepted);
        foreach (var put in history.Puts)
        {
            Assert.True(put.Result != PutResult.Unknown, $"{put} never ended.");
            Assert.True(put.Result != PutResult.Cancelled || put.CancelInvoked < put.Responded, $"{put} ended as cancelled, but had not been cancelled.");
            if (put.Result != PutResult.Accepted) Assert.True(commits.PositionOf(put) is null, $"{put} ended {put.Result}, but was seen.");
            else if (history.HasObserver) Assert.True(commits.PositionOf(put) is not null, $"{put} was accepted, but the observer did not see it.");
        }

        if (history.HasObserver) Assert.Equal(history.Accepted, commits.Count);
    }

    /// <summary>Once a put's call has returned, it has committed or has its place in the queue: no later call comes before it.</summary>
    private static void InTheOrderOfCalls(Commits commits)
    {
        PutCall? latest = null;
        foreach (var put in commits.InOrder)
        {
            if (latest is not null) Assert.True(put.Returned > latest.Invoked, $"{latest} committed before {put}, but was called after that had returned.");
            if (latest is null || put.Invoked > latest.Invoked) latest = put;
        }
    }

    /// <summary>A put that is called and ends while another waits has not been accepted. For those that waited and never committed.</summary>
    private static void NoneOvertakesWhoWaits(History history)
    {
        foreach (var waiting in history.Puts.Where(put => put.Waited))
        {
            var waitedUntil = waiting.Result switch
            {
                PutResult.Cancelled => waiting.CancelInvoked,
                PutResult.Faulted => history.FaultInvoked,
                PutResult.Closed => history.CloseInvoked,
                _ => 0,
            };
            foreach (var put in history.Puts.Where(put => put.Result == PutResult.Accepted && put.Invoked > waiting.Returned))
                Assert.True(put.Responded > waitedUntil, $"{put} overtook {waiting}, which waited until {waitedUntil}.");
        }
    }

    private static void AfterTheEndNone(History history)
    {
        var end = Math.Min(history.CloseReturned, history.FaultReturned);
        foreach (var put in history.Puts.Where(put => put.Invoked > end))
            Assert.True(put.Result is PutResult.Closed or PutResult.Faulted or PutResult.NotNow, $"{put} ended {put.Result} after the end.");
    }

    private static void WaitingOnesSurviveClose(History history)
    {
        if (!history.HasObserver || history.FaultInvoked != HistoryClock.Never) return;
        foreach (var put in history.Puts.Where(put => put is { IsTry: false, CancelInvoked: HistoryClock.Never } && put.Returned < history.CloseInvoked))
            Assert.True(put.Result == PutResult.Accepted, $"{put} was made before the close and ended {put.Result}.");
    }
}
