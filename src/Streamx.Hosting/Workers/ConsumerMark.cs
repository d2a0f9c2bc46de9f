using Streamx.Engine;

namespace Streamx.Hosting.Workers;

/// <summary>Flows with a consumer's code through all its calls, so that a put into its own stream is recognised.</summary>
/// <remarks>
/// Such a put could only ever wait for itself: the value in hand is finished only after it. One mark is set for the whole run of a slot,
/// and switched on while the slot has a value in hand, which costs nothing per value. So work that the consumer has started and left
/// running may put again once the value is settled, but is refused while the next one is in hand.
/// </remarks>
/// <param name="stream">The stream it consumes.</param>
/// <param name="consumer">The consumer's name.</param>
/// <param name="waits">The puts of the slot's code that wait in other streams.</param>
internal sealed class ConsumerMark(HostedStream stream, string consumer, OutputWaits waits)
{
    /// <summary>The mark of the code that runs.</summary>
    private static readonly AsyncLocal<ConsumerMark?> s_current = new();

    /// <summary>Whether the consumer has a value in hand.</summary>
    private volatile bool _isActive;

    /// <inheritdoc cref="_isActive"/>
    internal bool IsActive
    {
        set => _isActive = value;
    }

    /// <summary>
    /// Tells the slots of consumers apart: that whose code runs here, whether it has a value in hand or not; null for none.
    /// </summary>
    internal static object? Slot => s_current.Value;

    /// <summary>Marks the code that runs from here on.</summary>
    internal void Set() => s_current.Value = this;

    /// <summary>The stream and the name of the consumer whose code runs here with a value in hand; null if none does.</summary>
    internal static (HostedStream Stream, string Consumer)? Active => s_current.Value is { _isActive: true } mark ? mark.Owner : null;

    private (HostedStream Stream, string Consumer) Owner => (stream, consumer);

    /// <summary>Refuses a put, if it comes from inside the stream's own consumer.</summary>
    /// <param name="stream">The stream it goes to.</param>
    /// <exception cref="InvalidOperationException">It does.</exception>
    internal static void Check(HostedStream stream)
    {
        if (s_current.Value is { _isActive: true } mark && mark.IsOf(stream)) throw mark.Refusal();
    }

    /// <summary>
    /// The telemetry of a put through an injected writer: that of the consumer whose code makes it, if it has a value in hand.
    /// </summary>
    /// <param name="stream">The stream it goes to.</param>
    internal static ProducerTelemetry ObserverOf(HostedStream stream) =>
        s_current.Value is { _isActive: true } mark ? mark.WaitsOfSlot.InjectedInto(stream) : stream.Telemetry.Injected;

    /// <summary>The observer of a put through the writer of a processor with several slots: that of the slot whose code makes it.</summary>
    /// <param name="stream">The stream it goes to.</param>
    /// <param name="processor">Measures the puts of all slots.</param>
    internal static PutObserver ObserverOf(HostedStream stream, ProducerTelemetry processor) =>
        s_current.Value is { } mark ? mark.WaitsOfSlot.OfProcessor(stream, processor) : processor;

    private OutputWaits WaitsOfSlot => waits;

    private bool IsOf(HostedStream other) => stream == other;

    private InvalidOperationException Refusal() => new(
        $"Consumer '{consumer}' of stream '{stream.Name}' puts into its own stream while it has a value in hand. It would wait for "
        + "ever, since that value is not finished before the put. Put into another stream, or pass the value to a producer of this one.");
}
