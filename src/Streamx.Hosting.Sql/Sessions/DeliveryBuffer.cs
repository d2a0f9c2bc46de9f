using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Streamx.Hosting.Sql.Sessions;

/// <summary>What a consumer is given and has not read yet: not more than it may hold in memory, however much is in the store.</summary>
/// <remarks>One thread writes, one reads.</remarks>
/// <param name="onRoom">Called when there is room again, after it has been asked for in vain.</param>
internal sealed class DeliveryBuffer(Action onRoom) : ChannelReader<TransportDelivery>
{
    private const int MaxCount = 1024;
    private const long MaxBytes = 4 * 1024 * 1024;

    private readonly Channel<TransportDelivery> _deliveries =
        Channel.CreateUnbounded<TransportDelivery>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private int _count;
    private long _bytes;

    /// <summary>1 once room has been asked for in vain.</summary>
    private int _isWanted;

    /// <inheritdoc/>
    public override bool CanCount => true;

    /// <inheritdoc/>
    public override int Count => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public override Task Completion => _deliveries.Reader.Completion;

    /// <summary>Whether another delivery may be written.</summary>
    internal bool HasRoom
    {
        get
        {
            if (IsRoomy()) return true;
            Interlocked.Exchange(ref _isWanted, 1);
            // The reader may have made room before it could see that.
            return IsRoomy();
        }
    }

    /// <summary>Writes a delivery.</summary>
    internal void Write(TransportDelivery delivery)
    {
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _bytes, delivery.Body.Length);
        _deliveries.Writer.TryWrite(delivery);
    }

    /// <summary>No more come.</summary>
    internal void Complete() => _deliveries.Writer.TryComplete();

    /// <inheritdoc/>
    public override bool TryRead([MaybeNullWhen(false)] out TransportDelivery item)
    {
        if (!_deliveries.Reader.TryRead(out item)) return false;
        Interlocked.Add(ref _bytes, -item.Body.Length);
        Interlocked.Decrement(ref _count);
        if (Volatile.Read(ref _isWanted) != 0 && IsRoomy() && Interlocked.Exchange(ref _isWanted, 0) != 0) onRoom();
        return true;
    }

    /// <inheritdoc/>
    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
        _deliveries.Reader.WaitToReadAsync(cancellationToken);

    private bool IsRoomy() => Volatile.Read(ref _count) < MaxCount && Interlocked.Read(ref _bytes) < MaxBytes;
}
