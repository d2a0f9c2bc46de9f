namespace Streamx.Hosting.Remote;

/// <summary>
/// Ends what this process does for a stream between processes: because it is closed or faults here, was ended by another process, or its
/// consumers here have come to its end.
/// </summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <param name="stream">The stream.</param>
/// <param name="leader">Leads the stream.</param>
/// <param name="puts">The puts of this process.</param>
/// <param name="loops">The consumers of this process.</param>
/// <param name="life">The stream's life in this process.</param>
internal sealed class RemoteEnding<T>(
    HostedStream<T> stream, LeaderLoop leader, RemoteWriter<T> puts, ConsumerLoops<T> loops, RemoteLifecycle life)
{
    /// <summary>Guards <see cref="_ending"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The end, once it has begun.</summary>
    private Task? _ending;

    /// <summary>Whether the consumers of this process have come to the end of the stream.</summary>
    private volatile bool _hasEnd;

    /// <summary>Ends with the loops of this process.</summary>
    private Task _pumping = Task.CompletedTask;

    /// <summary>Once the consumers of this process have come to the end, there is nothing left to do here.</summary>
    /// <param name="running">Ends with the loops of this process; says whether a consumer has come to the end of the stream.</param>
    internal void Follow(Task<bool> running)
    {
        _pumping = running;
        _ = EndWithConsumersAsync(running);
    }

    /// <summary>Takes no more puts, and does what is left to do for the stream.</summary>
    /// <param name="isHandedOver">Whether the stream goes on in other processes.</param>
    internal void Close(bool isHandedOver)
    {
        life.Close();
        var hasPut = !_hasEnd && (stream.Producers.Count > 0 || leader.WhenLed.IsCompleted);
        Begin(isHandedOver, hasPut);
    }

    /// <summary>Faults the stream in this process, unless it has ended. Other processes go on.</summary>
    internal void TryFault(Exception error)
    {
        if (!life.TryFault(error)) return;
        loops.Fault(error);
        leader.Refuse(life.NewRefusal);
        // An end that has begun would wait for the consumers of this process, which have faulted, too.
        leader.HandOver();
        Begin(isHandedOver: true, hasPut: false);
    }

    /// <summary>Waits for nothing any more.</summary>
    internal void Abort(CancellationToken because)
    {
        life.Complete();
        loops.Abort(because);
        leader.Refuse(life.NewRefusal);
    }

    /// <summary>Another process has ended the stream. This one never leads again, so the puts that still wait are refused.</summary>
    internal void OnEndedElsewhere()
    {
        stream.Close(CloseReason.Completed);
        leader.Refuse(life.NewRefusal);
    }

    private async Task EndWithConsumersAsync(Task<bool> running)
    {
        if (!await running.ConfigureAwait(false)) return;
        // The process that leads decided the end and completes it: this one need not lead for that, and puts nothing any more.
        _hasEnd = true;
        OnEndedElsewhere();
    }

    private void Begin(bool isHandedOver, bool hasPut)
    {
        lock (_lock) _ending ??= Task.Run(() => EndAsync(isHandedOver, hasPut));
    }

    /// <summary>Ends what this process does for the stream, and then releases it. It does not fault.</summary>
    private async Task EndAsync(bool isHandedOver, bool hasPut)
    {
        leader.Close(endsStream: !isHandedOver && hasPut);
        // A process that never led has appended nothing, and may have to wait long to lead.
        if (isHandedOver && !leader.WhenLed.IsCompleted) leader.Refuse(life.NewRefusal);
        await puts.Leading.ConfigureAwait(false);
        // This process leads no more, so no loop is left to complete the puts that are still open.
        leader.Refuse(life.NewRefusal);
        // At the end of the stream the consumers of every process come to it by themselves.
        if (isHandedOver || !hasPut) loops.Stop();
        await _pumping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        life.Complete();
    }
}
