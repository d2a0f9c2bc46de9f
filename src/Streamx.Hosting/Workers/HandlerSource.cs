namespace Streamx.Hosting.Workers;

/// <summary>The handler of one slot, or of slots that share it.</summary>
internal abstract class HandlerSource<TItem>
{
    /// <summary>The handler. Another one after a restart.</summary>
    internal abstract IHandler<TItem> Current { get; }

    /// <summary>
    /// Disposes of the handler and creates another. The old one gets no further item, whether its disposal succeeds or not.
    /// </summary>
    /// <param name="hidesFailure">Whether a failure is only logged, so that it does not replace the failure before it.</param>
    internal abstract ValueTask ReplaceAsync(bool hidesFailure);
}
