namespace Streamx.Hosting.Remote.Consuming;

/// <summary>One delivery of a session: the one place that knows where it came from, and what became of it in this process.</summary>
/// <remarks>
/// <para>It goes through the consumer's local stream together with its value. So the reader of a value has its delivery: no position or
/// count leads to it, however many values the consumer has in hand and in whatever order it settles them.</para>
/// <para>The consumer's reader writes it, and the session's reports read it once <see cref="WhenOut"/> has ended.</para>
/// </remarks>
/// <param name="delivery">What the session delivered.</param>
internal class Delivery(TransportDelivery delivery)
{
    /// <inheritdoc cref="WasPassedOver"/>
    private volatile bool _wasPassedOver;

    /// <inheritdoc cref="IsSettled"/>
    private volatile bool _isSettled;

    /// <inheritdoc cref="TransportDelivery.StreamId"/>
    internal long StreamId => delivery.StreamId;

    /// <inheritdoc cref="TransportDelivery.Sequence"/>
    internal long Sequence => delivery.Sequence;

    /// <inheritdoc cref="TransportDelivery.TraceParent"/>
    internal string? TraceParent => delivery.TraceParent;

    /// <summary>
    /// Ends when the consumer has finished it and everything before it, or has left. Fails when the consumer's stream faults or is aborted
    /// before. Set before it is reported.
    /// </summary>
    internal Task WhenOut { get; set; } = Task.CompletedTask;

    /// <summary>The attachment of the consumer that it was given to; null if it was given to none. Set before it is reported.</summary>
    internal object? Attachment { get; set; }

    /// <summary>Whether the consumer is done with it. False for one that was dropped, because the consumer left before.</summary>
    internal bool IsSettled => _isSettled;

    /// <summary>
    /// Whether it was not begun because its session is lost, or was given up because it was held for too long: it is not finished, and is
    /// delivered again.
    /// </summary>
    internal bool WasPassedOver => _wasPassedOver;

    /// <summary>
    /// A delivery that the consumer is not given, such as the end of the stream: done with as soon as those before it are.
    /// </summary>
    internal static Delivery NotGiven(TransportDelivery delivery)
    {
        var settled = new Delivery(delivery);
        settled.Settle();
        return settled;
    }

    /// <summary>Passes it over. Before it is settled.</summary>
    internal void PassOver() => _wasPassedOver = true;

    /// <summary>The consumer is done with it: called before the read that finishes it, so that its reports find it settled.</summary>
    internal void Settle() => _isSettled = true;
}
