namespace Streamx.Hosting.Sql.Storage;

/// <content>Giving consumers what is there, and ending all that uses the store. For the store's thread.</content>
internal sealed partial class SqlStore
{
    /// <summary>Gives consumers what is in the store and has not been given to them.</summary>
    /// <returns>Whether there may be more.</returns>
    private bool Feed()
    {
        var isHungry = false;
        foreach (var state in _streams.Values)
        {
            foreach (var join in state.Joins)
            {
                if (!join.IsHungry) continue;
                join.ReadOn(Database);
                isHungry |= join.IsHungry;
            }
        }

        return isHungry;
    }

    /// <summary>No more calls are taken; what waits, and all sessions, end.</summary>
    /// <returns>Whether this is the first reason.</returns>
    private bool End(TransportException error)
    {
        List<SqlCall> calls;
        lock (_lock)
        {
            if (_failure is not null) return false;
            _failure = error;
            calls = [.. _batch?.Calls ?? [], .. _calls, .. _reads];
            _calls.Clear();
            _reads.Clear();
        }

        _opened.TrySetException(error);
        var lost = new TransportException(error.Message, error);
        foreach (var state in _streams.Values)
        {
            foreach (var lead in state.Leads) lead.Lose(lost);
            foreach (var join in state.Joins) join.Lose(lost);
        }

        foreach (var report in _reports) report.Lose(lost);
        foreach (var call in calls) call.Fail(lost);
        ReportBlocked(reason: null);
        return true;
    }
}
