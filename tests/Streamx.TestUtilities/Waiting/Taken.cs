namespace Streamx.TestUtilities.Waiting;

/// <summary>What consumers were given, in order, and a way to wait for it.</summary>
internal sealed class Taken
{
    private readonly Lock _gate = new();
    private readonly List<int> _values = [];
    private readonly List<(Func<List<int>, bool> Condition, TaskCompletionSource Source)> _waiting = [];

    public int[] Values
    {
        get
        {
            lock (_gate) return [.. _values];
        }
    }

    public ValueTask Add(int value)
    {
        lock (_gate)
        {
            _values.Add(value);
            foreach (var (condition, source) in _waiting)
                if (condition(_values)) source.TrySetResult();
        }

        return default;
    }

    public Task UntilAsync(Func<List<int>, bool> condition)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (condition(_values)) return Task.CompletedTask;
            _waiting.Add((condition, source));
        }

        return source.Task.WithinAsync();
    }

    /// <summary>Waits for more than there is now.</summary>
    public Task UntilMoreAsync(int count)
    {
        var before = Values.Length;
        return UntilAsync(values => values.Count >= before + count);
    }

    public Task UntilAsync(int value) => UntilAsync(values => values.Contains(value));

    /// <summary>
    /// Everything from 1 on is there, the first time in order; what was repeated goes back by no more than the window, each time.
    /// </summary>
    public void AssertNothingLost(int last, int window)
    {
        var highest = 0;
        foreach (var value in Values)
        {
            Assert.True(value <= highest + 1, $"{value} came after {highest}.");
            Assert.True(value > highest - window, $"{value} was repeated after {highest}.");
            highest = Math.Max(highest, value);
        }

        Assert.Equal(last, highest);
    }
}
