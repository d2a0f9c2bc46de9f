namespace Streamx.Hosting.Tests.Logging;

/// <summary>A transport that does what a test says, and otherwise waits.</summary>
internal sealed class StubTransport : IStreamTransport
{
    public Func<Task<ILeadSession>>? OnLead { get; init; }

    public Func<Task<IJoinSession>>? OnJoin { get; init; }

    /// <summary>Whether what carries the stream turns out to have forgotten it.</summary>
    public bool Forgets { get; init; }

    /// <summary>Whether what carries the stream takes no values for a while.</summary>
    public bool Blocks { get; init; }

    public string? Instance { get; init; }

    public bool IsStandby => false;

    public Action? OnStandby { get; set; }

    public Action? OnForgotten { get; set; }

    public Action<string>? OnAmiss { get; set; }

    /// <summary>What it finds amiss; null for nothing.</summary>
    public string? Amiss { get; init; }

    public Action<string?>? OnBlocked { get; set; }

    public Task RegisterAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RetireAsync(string name, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<ILeadSession> LeadAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        OnStandby?.Invoke();
        if (Forgets) OnForgotten?.Invoke();
        if (Amiss is not null) OnAmiss?.Invoke(Amiss);
        if (Blocks)
        {
            OnBlocked?.Invoke("low on memory");
            OnBlocked?.Invoke(null);
        }

        return OnLead?.Invoke() ?? WaitAsync<ILeadSession>(cancellationToken);
    }

    public Task<IJoinSession> JoinAsync(string name, CancellationToken cancellationToken) => OnJoin?.Invoke() ?? WaitAsync<IJoinSession>(cancellationToken);

    private static async Task<TSession> WaitAsync<TSession>(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        throw new InvalidOperationException();
    }
}
