namespace Streamx.Benchmarks.Peers;

/// <summary>The algorithm of the Python library <c>streamx</c> with its futures as task completion sources.</summary>
/// <remarks>
/// All consumers wait on one shared future for the next value; a put waits until as many wait as there are consumers, then
/// completes the future. Closing completes it with an end mark. As in Python there is one producer and nobody leaves.
/// </remarks>
internal sealed class PythonPort(int consumers)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<(long Value, bool End)> _next = NewFuture<(long, bool)>();
    private TaskCompletionSource<bool> _allWaiting = NewFuture<bool>();
    private int _waiting;

    public static async Task RunAsync(int consumers, int items)
    {
        var stream = new PythonPort(consumers);
        var running = new Task[consumers];
        for (var i = 0; i < consumers; i++) running[i] = Task.Run(() => stream.ConsumeAsync(items));
        await Task.Run(async () =>
        {
            for (long i = 0; i < items; i++) await stream.PutAsync(i, end: false).ConfigureAwait(false);
            await stream.PutAsync(0, end: true).ConfigureAwait(false);
        });
        await Task.WhenAll(running);
    }

    private static TaskCompletionSource<TResult> NewFuture<TResult>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task PutAsync(long value, bool end)
    {
        await _allWaiting.Task.ConfigureAwait(false);
        TaskCompletionSource<(long, bool)> next;
        lock (_gate)
        {
            next = _next;
            _next = NewFuture<(long, bool)>();
            _allWaiting = NewFuture<bool>();
            _waiting = 0;
        }

        next.SetResult((value, end));
    }

    private Task<(long Value, bool End)> NextAsync()
    {
        lock (_gate)
        {
            if (++_waiting == consumers) _allWaiting.SetResult(true);
            return _next.Task;
        }
    }

    private async Task ConsumeAsync(int items)
    {
        Sequence sequence = default;
        while (await NextAsync().ConfigureAwait(false) is { End: false } next) sequence.See(next.Value);
        sequence.End(items);
    }
}
