using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>What both kinds of sessions have in common: they last until the process gives them up, or the store ends them.</summary>
internal abstract class MemorySession(MemoryTransport transport)
{
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Exception> WhenLost => _lost.Task;

    public bool IsHeld => !_lost.Task.IsCompleted;

    internal MemoryTransport Transport => transport;

    protected MemoryStore Store => transport.Store;

    /// <summary>Ends the session.</summary>
    internal virtual void End(string why) => _lost.TrySetResult(new TransportException(why));
}
