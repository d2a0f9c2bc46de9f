namespace Streamx.Hosting.Workers;

/// <summary>
/// A place in which a consumer handles its items, one at a time: what it is doing, as telemetry, operators and puts of its code see it.
/// </summary>
/// <param name="stream">The stream that the consumer consumes.</param>
/// <param name="worker">The consumer.</param>
/// <param name="telemetry">Measures the slot.</param>
internal sealed class ConsumerSlot(HostedStream stream, ConsumerWorker worker, SlotTelemetry telemetry)
{
    /// <summary>Recognises its puts into its own stream.</summary>
    private readonly ConsumerMark _mark = new(stream, worker.Name, telemetry.OutputWaits);

    /// <inheritdoc cref="State"/>
    private volatile StreamxConsumerState _state = StreamxConsumerState.Processing;

    /// <summary>Measures the slot.</summary>
    internal SlotTelemetry Telemetry => telemetry;

    /// <summary>
    /// Its activity: processing, or waiting before it tries again. The subscription knows whether it has a value to process at all.
    /// </summary>
    internal StreamxConsumerState State
    {
        get => _state;
        set
        {
            if (_state == value) return;
            // Told before the state is visible: a reader that has seen the wait finds the time from then on counted as wait. Once the
            // consumer has left, what its code still tries does not count.
            if (worker.IsAttached)
            {
                telemetry.Enter(value switch
                {
                    StreamxConsumerState.RetryWait => ConsumerTimeState.RetryWait,
                    StreamxConsumerState.RestartWait => ConsumerTimeState.RestartWait,
                    _ => null,
                });
            }

            _state = value;
        }
    }

    /// <summary>Whether its code is at work, so that it must not put into its own stream.</summary>
    internal bool IsAtWork
    {
        set => _mark.IsActive = value;
    }

    /// <summary>Marks the code that runs from here on as that of this slot.</summary>
    internal void Mark() => _mark.Set();

    /// <summary>The consumer begins an attachment.</summary>
    internal void Reset() => _state = StreamxConsumerState.Processing;
}
