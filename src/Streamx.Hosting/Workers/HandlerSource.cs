namespace Streamx.Hosting.Workers;

/// <summary>The handler of one slot, or of slots that share it.</summary>
internal abstract class HandlerSource<TItem>
{
    /// <summary>The handler. Another one after a restart.</summary>
    internal abstract IHandler<TItem> Current { get; }

    /// <summary>An attachment of several slots begins.</summary>
    /// <param name="attachment">The attachment.</param>
    /// <param name="waitToken">Ends waits before a call: once one slot has ended the consumer, the others begin no call any more.</param>
    internal virtual void Attach(Attachment attachment, CancellationToken waitToken)
    {
        // Only slots that share a handler wait for one another.
    }

    /// <summary>
    /// Disposes of the handler and creates another. The old one gets no further item, whether its disposal succeeds or not.
    /// </summary>
    /// <param name="hidesFailure">Whether a failure is only logged, so that it does not replace the failure before it.</param>
    internal abstract ValueTask ReplaceAsync(bool hidesFailure);
}
