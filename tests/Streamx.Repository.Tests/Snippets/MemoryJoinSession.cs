using System.Threading.Channels;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>A process's part in a durable consumer. The store writes deliveries under its lock, so that they stay in order.</summary>
internal sealed class MemoryJoinSession(MemoryTransport transport, string name) : MemorySession(transport), IJoinSession
{
    private readonly Channel<TransportDelivery> _deliveries = Channel.CreateUnbounded<TransportDelivery>();

    public ChannelReader<TransportDelivery> Deliveries => _deliveries.Reader;

    public bool IsActive { get; internal set; }

    internal string Name => name;

    #region join session
    public void Finish(long sequence) => Store.Finish(this, sequence);

    // Reports are stored at once. An engine that sends them waits here for the answers.
    public Task SettleAsync(CancellationToken cancellationToken) =>
        IsHeld ? Task.CompletedTask : Task.FromException(new TransportException($"The session of '{name}' is over."));

    public ValueTask DisposeAsync()
    {
        Store.Leave(this);
        return default;
    }
    #endregion

    internal void Give(TransportDelivery delivery) => _deliveries.Writer.TryWrite(delivery);

    internal override void End(string why)
    {
        base.End(why);
        _deliveries.Writer.TryComplete();
    }
}
