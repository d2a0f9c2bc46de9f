namespace Streamx.Benchmarks.Buses;

/// <summary>Has a bus do what the stream does: at most a window of values that not every consumer has finished.</summary>
/// <remarks>No bus makes a publisher wait for its consumers, so the publisher waits here. Safe for concurrent consumers.</remarks>
public sealed class BusWindow : IDisposable
{
    /// <summary>How long nothing may happen before a run has failed.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The values under way, each at its number modulo the length: the number, and a bit for each consumer that has yet to finish it. Far
    /// longer than the window, since values may be finished out of order.
    /// </summary>
    private readonly long[] _values;

    /// <summary>The number that each consumer should get next; each consumer writes its own.</summary>
    private readonly long[] _next;

    /// <summary>The room for values.</summary>
    private readonly SemaphoreSlim _room;

    private readonly int _window;

    /// <summary>How many values came out of order, or again.</summary>
    private long _unexpected;

    public BusWindow(int consumers, int window)
    {
        _window = window;
        _next = new long[consumers];
        _values = new long[Math.Max(4096, 16 * window)];
        _room = new SemaphoreSlim(window, window);
    }

    /// <summary>How many values came to a consumer out of order, or again.</summary>
    public long Unexpected => Interlocked.Read(ref _unexpected);

    /// <summary>Waits until there is room for a value.</summary>
    public async Task EnterAsync(long number)
    {
        await WaitAsync();
        Volatile.Write(ref ValueOf(number), (number << _next.Length) | ((1L << _next.Length) - 1));
    }

    /// <summary>Waits until every consumer has finished every value.</summary>
    public async Task FlushAsync()
    {
        for (var i = 0; i < _window; i++) await WaitAsync();
        _room.Release(_window);
    }

    /// <summary>Counts a value that a consumer has finished; what it finishes again does not count again.</summary>
    public void Finish(int consumer, long number)
    {
        if (_next[consumer] != number) Interlocked.Increment(ref _unexpected);
        _next[consumer] = Math.Max(_next[consumer], number + 1);
        ref var value = ref ValueOf(number);
        while (true)
        {
            var before = Volatile.Read(ref value);
            var after = before & ~(1L << consumer);
            if (before >> _next.Length != number || after == before) return;
            if (Interlocked.CompareExchange(ref value, after, before) != before) continue;
            if ((after & ((1L << _next.Length) - 1)) == 0) _room.Release();
            return;
        }
    }

    public void Dispose() => _room.Dispose();

    private ref long ValueOf(long number) => ref _values[number % _values.Length];

    private async Task WaitAsync()
    {
        if (!await _room.WaitAsync(s_limit)) throw new TimeoutException($"No consumer finished a value for {s_limit.TotalSeconds} s.");
    }
}
