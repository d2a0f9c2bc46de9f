namespace Streamx.Hosting.RabbitMQ;

/// <summary>Whether the broker takes messages on a connection. Safe from any thread.</summary>
internal sealed class BlockedState
{
    /// <summary>Guards the fields below.</summary>
    private readonly Lock _lock = new();

    private volatile string? _reason;

    /// <summary>Ends when the broker takes messages again; null while it does.</summary>
    private TaskCompletionSource? _over;

    /// <summary>Why the broker takes no messages; null while it does.</summary>
    internal string? Reason => _reason;

    /// <summary>Ends when the broker takes messages again; has ended while it does.</summary>
    internal Task WhenOver
    {
        get
        {
            lock (_lock) return _over?.Task ?? Task.CompletedTask;
        }
    }

    /// <summary>The broker takes no messages, or takes them again.</summary>
    /// <param name="reason">The reason; null if it takes them.</param>
    /// <returns>Whether that is a change.</returns>
    internal bool Set(string? reason)
    {
        TaskCompletionSource? over = null;
        lock (_lock)
        {
            if (_reason == reason) return false;
            _reason = reason;
            if (reason is null) (over, _over) = (_over, null);
            else _over ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        over?.TrySetResult();
        return true;
    }
}
