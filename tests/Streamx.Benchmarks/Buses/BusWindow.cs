namespace Streamx.Benchmarks.Buses;

/// <summary>Has a bus do what the stream does: at most a window of values that not every consumer has finished.</summary>
/// <remarks>No bus makes a publisher wait for its consumers, so the publisher waits here. Safe for concurrent consumers.</remarks>
public sealed class BusWindow : IDisposable
{
    /// <summary>How many consumers have yet to finish each value of the window.</summary>
    private readonly int[] _unfinished;

    /// <summary>How many values each consumer has finished; each consumer writes its own.</summary>
    private readonly long[] _finished;

    /// <summary>The room for values.</summary>
    private readonly SemaphoreSlim _room;

    /// <summary>How many values came out of order, or again.</summary>
    private long _unexpected;

    public BusWindow(int consumers, int window)
    {
        _finished = new long[consumers];
        _unfinished = new int[window];
        Array.Fill(_unfinished, consumers);
        _room = new SemaphoreSlim(window, window);
    }

    /// <summary>How many values came to a consumer out of order, or again.</summary>
    public long Unexpected => Interlocked.Read(ref _unexpected);

    /// <summary>Waits until there is room for another value.</summary>
    public Task EnterAsync() => _room.WaitAsync();

    /// <summary>Waits until every consumer has finished every value.</summary>
    public async Task FlushAsync()
    {
        for (var i = 0; i < _unfinished.Length; i++) await _room.WaitAsync();
        _room.Release(_unfinished.Length);
    }

    /// <summary>Counts a value that a consumer has finished.</summary>
    public void Finish(int consumer, long number)
    {
        if (Interlocked.Increment(ref _finished[consumer]) - 1 != number) Interlocked.Increment(ref _unexpected);
        ref var unfinished = ref _unfinished[number % _unfinished.Length];
        if (Interlocked.Decrement(ref unfinished) > 0) return;
        Volatile.Write(ref unfinished, _finished.Length);
        _room.Release();
    }

    public void Dispose() => _room.Dispose();
}
