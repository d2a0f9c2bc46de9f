using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>A process's access to a stream in a store.</summary>
internal sealed class MemoryTransport(MemoryStore store, string? instance) : IStreamTransport
{
    private volatile bool _isStandby;

    public string? Instance => instance;

    public bool IsStandby => _isStandby;

    public Action? OnStandby { get; set; }

    public Action? OnForgotten { get; set; }

    public Action<string>? OnAmiss { get; set; }

    internal MemoryStore Store => store;

    /// <summary>How many ends had been decided when this process first came; null before. Guarded by the lock of the store.</summary>
    internal int? EndsBefore { get; set; }

    #region transport
    public Task RegisterAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        store.Register(names, this);
        return Task.CompletedTask;
    }

    public Task RetireAsync(string name, CancellationToken cancellationToken)
    {
        store.Retire(name);
        return Task.CompletedTask;
    }

    public async Task<ILeadSession> LeadAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        store.Register(names, this);
        var session = new MemoryLeadSession(this);
        try
        {
            _isStandby = !store.TryLead(session);
            if (_isStandby) OnStandby?.Invoke();
            await Task.WhenAny(session.WhenGranted, session.WhenLost).WaitAsync(cancellationToken);
            return session.IsHeld ? session : throw await session.WhenLost;
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

    public Task<IJoinSession> JoinAsync(string name, CancellationToken cancellationToken)
    {
        store.Register([name], this);
        var session = new MemoryJoinSession(this, name);
        store.Join(session);
        return Task.FromResult<IJoinSession>(session);
    }
    #endregion
}
