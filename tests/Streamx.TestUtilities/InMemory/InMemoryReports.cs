namespace Streamx.TestUtilities.InMemory;

/// <summary>Carries the reports of a store's processes. What a process sends while it is cut off is lost.</summary>
internal sealed class InMemoryReports
{
    /// <summary>Guards everything below, and what its sessions know.</summary>
    private readonly Lock _lock = new();

    private readonly List<Session> _sessions = [];

    private int _sent;

    /// <summary>How many questions and reports have been sent.</summary>
    internal int Sent => Volatile.Read(ref _sent);

    /// <summary>How many processes have a session.</summary>
    internal int Sessions
    {
        get
        {
            lock (_lock) return _sessions.Count;
        }
    }

    /// <summary>Opens a process's part.</summary>
    internal IReportSession Open(InMemoryTransport process, Action onAsked, Action<ReadOnlyMemory<byte>> onReport)
    {
        var session = new Session(this, process, onAsked, onReport);
        lock (_lock) _sessions.Add(session);
        return session;
    }

    /// <summary>Breaks the sessions of a process.</summary>
    internal void Disconnect(InMemoryTransport process)
    {
        Session[] sessions;
        lock (_lock) sessions = [.. _sessions.Where(session => session.Process == process)];
        foreach (var session in sessions) session.Lose("The connection has been lost.");
    }

    private void Send(Session sender, Func<Session, bool> isFor, Action<Session> arrive)
    {
        Session[] others;
        lock (_lock)
        {
            if (sender.WhenLost.IsCompleted) throw new TransportException("The session is over.");
            Interlocked.Increment(ref _sent);
            others = IsCutOff(sender) ? [] : [.. _sessions.Where(session => session != sender && !IsCutOff(session) && isFor(session))];
        }

        foreach (var other in others) arrive(other);
    }

    private static bool IsCutOff(Session session) => session.Process.IsPartitioned || session.Process.IsDead;

    private sealed class Session(
        InMemoryReports reports, InMemoryTransport process, Action onAsked, Action<ReadOnlyMemory<byte>> onReport) : IReportSession
    {
        private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whether it receives reports.</summary>
        private bool _hasAsked;

        public InMemoryTransport Process => process;

        public Task<Exception> WhenLost => _lost.Task;

        public Task AskAsync(CancellationToken cancellationToken)
        {
            lock (reports._lock) _hasAsked = true;
            reports.Send(this, _ => true, other => other.OnAsked());
            return Task.CompletedTask;
        }

        public Task ReportAsync(ReadOnlyMemory<byte> report, CancellationToken cancellationToken)
        {
            reports.Send(this, other => other._hasAsked, other => other.OnReport(report));
            return Task.CompletedTask;
        }

        public void Lose(string why)
        {
            lock (reports._lock) reports._sessions.Remove(this);
            _lost.TrySetResult(new TransportException(why));
        }

        public ValueTask DisposeAsync()
        {
            Lose("The session has been given up.");
            return default;
        }

        private void OnAsked() => onAsked();

        private void OnReport(ReadOnlyMemory<byte> report) => onReport(report);
    }
}
