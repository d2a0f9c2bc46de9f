using System.Collections.Concurrent;

namespace Streamx.Hosting.Streams;

/// <summary>The producers of a stream and the processors that put into it, and when all of them have ended.</summary>
/// <param name="producers">How many producers it has.</param>
/// <param name="onEnded">Called once none of them will put any more.</param>
internal sealed class StreamInputs(int producers, Action onEnded)
{
    /// <summary>One task for each processor, which ends with it. Added before anything is waited for.</summary>
    private readonly ConcurrentQueue<Task> _processors = [];

    /// <summary>How many producers and processors have not ended.</summary>
    private int _running = producers;

    /// <summary>A processor will put into it: called before anything is started.</summary>
    internal void ExpectProcessor() => _running++;

    /// <summary>A processor that puts into it has been started.</summary>
    /// <param name="over">Ends when it will put nothing more. Does not fault.</param>
    internal void AddProcessor(Task over) => _processors.Enqueue(EndAsync(over));

    /// <summary>Ends when the processors that put into it have ended. It does not fault.</summary>
    internal Task WhenProcessorsEnded() => Task.WhenAll(_processors);

    /// <summary>A producer or a processor has ended.</summary>
    internal void OnEnded()
    {
        if (Interlocked.Decrement(ref _running) <= 0) onEnded();
    }

    private async Task EndAsync(Task over)
    {
        await over.ConfigureAwait(false);
        OnEnded();
    }
}
