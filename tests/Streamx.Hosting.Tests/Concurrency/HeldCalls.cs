namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>A handler whose calls each end when the test says so.</summary>
internal sealed class HeldCalls
{
    private readonly Lock _lock = new();
    private readonly List<int> _begun = [];
    private readonly Dictionary<int, TaskCompletionSource> _inHand = [];
    private readonly List<(Func<bool> Condition, TaskCompletionSource Source)> _waiting = [];
    private bool _isOpen;

    /// <summary>The values that calls have begun with, in order.</summary>
    public int[] Begun
    {
        get
        {
            lock (_lock) return [.. _begun];
        }
    }

    /// <summary>The values in hand, in ascending order.</summary>
    public int[] InHand
    {
        get
        {
            lock (_lock) return [.. _inHand.Keys.Order()];
        }
    }

    /// <summary>The most calls that were under way at once.</summary>
    public int Most { get; private set; }

    public async ValueTask HandleAsync(int value, CancellationToken abortToken)
    {
        Task end;
        lock (_lock)
        {
            _begun.Add(value);
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Assert.True(_inHand.TryAdd(value, source), $"{value} is in hand twice.");
            if (_isOpen) source.SetResult();
            end = source.Task;
            Most = Math.Max(Most, _inHand.Count);
            NotifyLocked();
        }

        try
        {
            await end.WaitAsync(abortToken);
        }
        finally
        {
            lock (_lock)
            {
                _inHand.Remove(value);
                NotifyLocked();
            }
        }
    }

    /// <summary>Ends the call with a value.</summary>
    public void End(int value) => Find(value).TrySetResult();

    /// <summary>Fails the call with a value.</summary>
    public void Fail(int value) => Find(value).TrySetException(new InvalidOperationException($"{value} failed"));

    /// <summary>Ends all calls from now on.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _isOpen = true;
            foreach (var source in _inHand.Values) source.TrySetResult();
        }
    }

    /// <summary>Waits until exactly these values are in hand.</summary>
    public Task UntilInHandAsync(params int[] values) => UntilAsync(() => _inHand.Keys.Order().SequenceEqual(values));

    /// <summary>Waits until so many calls have begun with a value.</summary>
    public Task UntilBegunAsync(int value, int times = 1) => UntilAsync(() => _begun.Count(begun => begun == value) >= times);

    private Task UntilAsync(Func<bool> condition)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (condition()) return Task.CompletedTask;
            _waiting.Add((condition, source));
        }

        return source.Task.WithinAsync();
    }

    private TaskCompletionSource Find(int value)
    {
        lock (_lock) return _inHand[value];
    }

    private void NotifyLocked()
    {
        foreach (var (condition, source) in _waiting)
            if (condition()) source.TrySetResult();
    }
}
