namespace Streamx.Hosting.Remote.Consuming;

/// <summary>The delivery of a value that the consumer is given.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <param name="value">The value.</param>
/// <param name="delivery">What the session delivered.</param>
/// <param name="fence">Of the session.</param>
internal sealed class Delivery<T>(T value, TransportDelivery delivery, SessionFence fence) : Delivery(delivery)
{
    /// <summary>The value.</summary>
    internal T Value => value;

    /// <summary>The fence of the session that delivered it.</summary>
    internal SessionFence Fence => fence;

    /// <summary>What its handler may know of it.</summary>
    internal StreamxDelivery Info { get; } = StreamxDelivery.Of(delivery);

    /// <summary>Whether it may be begun, or begun again, because its session lasts. If not, it is passed over.</summary>
    internal bool TryBegin()
    {
        if (fence.IsOpen) return true;
        PassOver();
        return false;
    }
}
