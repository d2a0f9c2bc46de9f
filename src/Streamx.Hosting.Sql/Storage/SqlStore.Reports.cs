namespace Streamx.Hosting.Sql.Storage;

/// <content>What the processes of a stream report to one another. For the store's thread.</content>
internal sealed partial class SqlStore
{
    /// <summary>The shortest time between two looks for reports, in milliseconds: they are for readers of a page.</summary>
    private const long ReportLook = 50;

    /// <summary>The sessions that are given questions and reports.</summary>
    private readonly List<ReportSession> _reports = [];

    /// <summary>The newest row that has been read.</summary>
    private long _lastReport;

    /// <summary>Whether there may be rows that have not been read.</summary>
    private bool _mayHaveReports;

    /// <summary>When the rows were last read.</summary>
    private long _readReportsAt;

    /// <summary>When what this process has left is to be removed; null if there is nothing.</summary>
    private long? _removeReportsAt;

    /// <summary>A session is given what is left from now on.</summary>
    internal void Add(ReportSession session)
    {
        _reports.Add(session);
        _mayHaveReports = true;
    }

    /// <summary>A session is given nothing more.</summary>
    internal void Remove(ReportSession session) => _reports.Remove(session);

    /// <summary>This process has left a question or a report.</summary>
    internal void OnReportLeft(long askedAt) => (_mayHaveReports, _removeReportsAt) = (true, askedAt + ReportRows.Lifetime);

    /// <summary>Gives sessions what has been left for them, several times a second.</summary>
    private void GiveReports(bool isChanged)
    {
        _mayHaveReports |= isChanged;
        if (!_mayHaveReports || _reports.Count == 0) return;
        var now = Now;
        if (now - _readReportsAt < ReportLook) return;
        (_mayHaveReports, _readReportsAt) = (false, now);
        foreach (var row in ReportRows.Read(Database, _lastReport))
        {
            _lastReport = row.Id;
            // One from before the machine was started again expires at any time.
            if (row.Expires < now || row.Expires > now + ReportRows.Lifetime) continue;
            foreach (var session in _reports) session.Take(row);
        }
    }

    /// <summary>
    /// Removes what this process has left, once it is old: the next report of any process does so, too, but there may be none.
    /// </summary>
    private void RemoveOldReports()
    {
        if (_removeReportsAt is not { } at || Now <= at) return;
        _removeReportsAt = null;
        lock (_lock)
        {
            _calls.Add(new SqlCall<int>(
                transaction =>
                {
                    ReportRows.RemoveOld(transaction);
                    return 0;
                },
                onCommitted: null));
        }
    }
}
