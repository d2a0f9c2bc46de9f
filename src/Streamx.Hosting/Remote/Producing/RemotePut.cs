using System.Buffers;
using System.Diagnostics;
using Streamx.Engine;

namespace Streamx.Hosting.Remote.Producing;

/// <summary>A value on its way into a stream between processes.</summary>
/// <param name="body">The serialized value.</param>
/// <param name="observer">Observes its transitions.</param>
/// <param name="trace">The trace of the put.</param>
internal sealed class RemotePut(ReadOnlyMemory<byte> body, PutObserver observer, object? trace)
{
    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>1 once its end has been reported: it may be confirmed and refused at the same time.</summary>
    private int _hasEnded;

    /// <summary>When it began to wait for consumers, by the stream's clock.</summary>
    private long _headSince;

    /// <summary>How it waited.</summary>
    private PutWait _wait;

    /// <summary>The serialized value.</summary>
    internal ReadOnlyMemory<byte> Body => body;

    /// <summary>The activity by which it is traced; null for none.</summary>
    internal Activity? Activity => trace as Activity;

    /// <summary>The call that puts many values, of which it is one; null for a put of its own.</summary>
    internal RemotePutMany? Call => observer as RemotePutMany;

    /// <summary>Whether it was appended in an earlier session, too.</summary>
    internal bool IsRepeated { get; set; }

    /// <summary>What the trace goes on with; null for none.</summary>
    internal string? TraceParent { get; init; }

    /// <summary>The leader term in which alone it is appended; null for a put that any term appends.</summary>
    internal ProducerTerm? Term { get; set; }

    /// <summary>The bookmark that is stored with it; null for none.</summary>
    internal string? Bookmark { get; set; }

    /// <summary>
    /// How many puts of its call from this one on are appended with it if the window allows, and how many bytes they have; null for one
    /// that needs no others.
    /// </summary>
    internal (int Count, long Bytes)? Together { get; set; }

    /// <summary>The caller's token, which withdraws the put while it waits.</summary>
    internal CancellationToken Token { get; set; }

    /// <summary>Its number, once it has one.</summary>
    internal long Sequence { get; set; }

    /// <summary>When it was first appended, as a reading of the stream's clock.</summary>
    internal long AppendedAt { get; set; }

    /// <summary>Whether every consumer will receive it, whatever happens.</summary>
    internal bool IsConfirmed { get; set; }

    /// <summary>
    /// Whether its caller is told that it was refused. Guarded by the lock of the queue it belongs to, as is the report that it is
    /// confirmed.
    /// </summary>
    internal bool IsRefused { get; set; }

    /// <summary>Ends when it is confirmed, or has been refused.</summary>
    internal Task Task => _source.Task;

    /// <inheritdoc cref="_headSince"/>
    internal long HeadSince => _headSince;

    /// <summary>Serializes a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="serializer">Writes it.</param>
    /// <param name="longest">The most bytes it may take.</param>
    /// <param name="observer">Observes the put.</param>
    /// <param name="trace">The trace of the put.</param>
    /// <exception cref="ArgumentException">The value takes more.</exception>
    internal static RemotePut Create<T>(T value, IStreamSerializer<T> serializer, int longest, PutObserver observer, object? trace)
    {
        var buffer = new ArrayBufferWriter<byte>();
        serializer.Serialize(value, buffer);
        // If it were sent, it would end the connection, and be sent again by each following one.
        if (buffer.WrittenCount > longest)
        {
            throw new ArgumentException(
                $"The value takes {buffer.WrittenCount} bytes as it is written; MaxValueBytes allows {longest}.", nameof(value));
        }

        ActivityContext? context = trace switch { Activity activity => activity.Context, ActivityContext known => known, _ => null };
        return new RemotePut(buffer.WrittenMemory, observer, trace)
        {
            TraceParent = context is { } parent
                ? $"00-{parent.TraceId}-{parent.SpanId}-{(parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}"
                : null,
        };
    }

    /// <summary>It waits, at the head or behind it. Called in the order of the transitions, as the two methods below.</summary>
    internal void Queue(bool isHead, long now)
    {
        if (isHead) _headSince = now;
        observer.QueuedLocked(isHead, now);
    }

    /// <summary>It is at the head.</summary>
    internal void ReachHead(long now)
    {
        _headSince = now;
        observer.ReachedHeadLocked(now);
    }

    /// <summary>It no longer waits.</summary>
    internal void LeaveQueue(bool wasHead, long now, PositionWait wait)
    {
        if (wasHead) _wait = new PutWait(now - _headSince, wait.AloneTicks, wait.GateSince(_headSince));
        observer.LeftQueueLocked(wasHead, now);
    }

    /// <summary>Completes the caller's put.</summary>
    internal void Succeed()
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) != 0) return;
        observer.Count(1);
        observer.Ended(trace, _wait, error: null);
        _source.TrySetResult();
    }

    /// <summary>Fails the caller's put: the value was not accepted.</summary>
    internal void Fail(Exception error)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) != 0) return;
        observer.Ended(trace, _wait, error);
        if (error is OperationCanceledException cancelled) _source.TrySetCanceled(cancelled.CancellationToken);
        else _source.TrySetException(error);
    }
}
