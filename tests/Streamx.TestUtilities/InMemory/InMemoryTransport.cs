using System.Collections.Concurrent;
using System.Data.Common;

namespace Streamx.TestUtilities.InMemory;

/// <summary>One process of a stream whose store is in memory.</summary>
/// <param name="store">The store.</param>
/// <param name="instance">What the process is called; null for nothing.</param>
internal sealed class InMemoryTransport(InMemoryStore store, string? instance) : IStreamTransport
{
    private readonly List<InMemorySession> _sessions = [];
    private readonly ConcurrentDictionary<string, bool> _consumers = new(Names.Comparer);

    /// <summary>The stream's id, as it was last heard of; zero for never.</summary>
    private long _streamId;

    private volatile bool _isStandby;
    private volatile bool _isPartitioned;
    private volatile bool _isDead;

    /// <inheritdoc/>
    public string? Instance => instance;

    /// <inheritdoc/>
    public bool IsStandby => _isStandby;

    /// <inheritdoc/>
    public Action? OnStandby { get; set; }

    /// <inheritdoc/>
    public Action? OnForgotten { get; set; }

    /// <inheritdoc/>
    public Action<string>? OnAmiss { get; set; }

    /// <summary>The store.</summary>
    internal InMemoryStore Store => store;

    /// <summary>Whether nothing passes between it and the store.</summary>
    internal bool IsPartitioned => _isPartitioned;

    /// <summary>Whether it has been killed.</summary>
    internal bool IsDead => _isDead;

    /// <summary>How many ends of the stream had been decided when it first came to it; null before it has. Guarded by the lock of the store.</summary>
    private (long StreamId, int Count)? _endsBefore;

    /// <summary>The last epoch it has begun. Guarded by the lock of the store.</summary>
    internal long BegunEpoch { get; set; }

    /// <summary>How often it has been given the lead. Guarded by the lock of the store.</summary>
    internal int TimesLed { get; set; }

    /// <summary>The consumers it has heard of.</summary>
    internal IEnumerable<string> Consumers => _consumers.Keys.Order(Names.Comparer);

    /// <inheritdoc/>
    public bool IsBlockedBy(DbTransaction transaction) =>
        transaction is InMemoryTransaction { IsOver: false } own && own.Store == store.BlockedBy;

    /// <inheritdoc/>
    public async Task RegisterAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        await using var session = new InMemorySession(this);
        await session.CallAsync(FaultPoint.Register, () => store.RegisterLocked(names, this)).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RetireAsync(string name, CancellationToken cancellationToken)
    {
        await using var session = new InMemorySession(this);
        await session.CallAsync(FaultPoint.Retire, () => store.RetireLocked(name)).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ILeadSession> LeadAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var session = new InMemoryLeadSession(this);
        try
        {
            NoteConsumers(names);
            await session.LeadAsync(names, cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
        finally
        {
            _isStandby = false;
        }
    }

    /// <inheritdoc/>
    public Task<IJoinSession> JoinAsync(string name, CancellationToken cancellationToken) => JoinAtAsync(name, position: null, cancellationToken);

    /// <inheritdoc/>
    public Task<IJoinSession> JoinAsync(string name, long position, CancellationToken cancellationToken) => JoinAtAsync(name, position, cancellationToken);

    /// <inheritdoc/>
    public async Task RegisterAsync(IReadOnlyCollection<string> names, StartFrom from, CancellationToken cancellationToken)
    {
        await using var session = new InMemorySession(this);
        await session.CallAsync(FaultPoint.Register, () => store.RegisterLocked(names, this, from)).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RetainAsync(TimeSpan retention, CancellationToken cancellationToken)
    {
        await using var session = new InMemorySession(this);
        await session.CallAsync(FaultPoint.Register, () => store.RetainLocked(retention)).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReportSession> OpenReportsAsync(
        Action onAsked, Action<ReadOnlyMemory<byte>> onReport, CancellationToken cancellationToken) =>
        Task.FromResult<IReportSession>(store.Reports.Open(this, onAsked, onReport));

    private async Task<IJoinSession> JoinAtAsync(string name, long? position, CancellationToken cancellationToken)
    {
        var session = new InMemoryJoinSession(this, name);
        try
        {
            NoteConsumers([name]);
            await session.JoinAsync(position, cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Breaks every connection it has.</summary>
    internal void Disconnect()
    {
        store.Locked(() =>
        {
            foreach (var session in _sessions.ToArray()) session.BreakLocked(isNoticed: true);
        });
        store.Reports.Disconnect(this);
    }

    /// <summary>From now on nothing passes between it and the store, in either direction; what is sent waits.</summary>
    internal void Partition() => _isPartitioned = true;

    /// <summary>Ends that: what has been waiting comes through.</summary>
    internal void Heal() => store.Locked(() =>
    {
        _isPartitioned = false;
        foreach (var session in _sessions.ToArray()) session.PumpLocked();
        _sessions.RemoveAll(session => session.IsOver);
    });

    /// <summary>It is killed: nothing of it is heard any more, and it hears nothing.</summary>
    /// <param name="isNoticed">Whether the store notices at once, rather than when its sessions expire.</param>
    internal void Kill(bool isNoticed = true) => store.Locked(() =>
    {
        _isDead = true;
        foreach (var session in _sessions.ToArray()) session.DieLocked(isNoticed);
    });

    /// <summary>It waits to lead, behind another.</summary>
    internal void StandBy()
    {
        _isStandby = true;
        OnStandby?.Invoke();
    }

    /// <summary>It has heard of consumers, which it registers again should the store forget them.</summary>
    internal void NoteConsumers(IEnumerable<string> names)
    {
        foreach (var name in names) _consumers[name] = true;
    }

    /// <summary>It has heard of the stream.</summary>
    /// <returns>Whether it is another than before: the store has forgotten that one.</returns>
    internal bool NoteStream(long streamId)
    {
        var before = Interlocked.Exchange(ref _streamId, streamId);
        if (before == 0 || before == streamId) return false;
        OnForgotten?.Invoke();
        return true;
    }

    /// <summary>Whether the end of the stream has been decided since it first came to it, also where the store has lost everything since.</summary>
    internal bool HasSeenEnd { get; private set; }

    /// <summary>The end of the stream has been decided. Guarded by the lock of the store, as the next ones.</summary>
    internal void OnEndLocked() => HasSeenEnd |= _endsBefore is not null;

    /// <summary>It has come to the stream.</summary>
    internal void MeetLocked(long streamId, int ends) => _endsBefore ??= (streamId, ends);

    /// <summary>How many ends had been decided when it first came to the stream, which is another one after the store has forgotten it.</summary>
    internal int EndsBeforeLocked(long streamId, int ends)
    {
        // Before its first leader a stream has no id.
        if (_endsBefore is { } known && (known.StreamId == streamId || known.StreamId == 0)) ends = known.Count;
        _endsBefore = (streamId, ends);
        return ends;
    }

    /// <summary>It has a session. Guarded by the lock of the store, as below.</summary>
    internal void AddLocked(InMemorySession session) => _sessions.Add(session);

    /// <summary>A session is over, on one side at least: kept while there is something of it that may still come through.</summary>
    internal void ForgetLocked(InMemorySession session)
    {
        if (session.IsOver) _sessions.Remove(session);
    }
}
