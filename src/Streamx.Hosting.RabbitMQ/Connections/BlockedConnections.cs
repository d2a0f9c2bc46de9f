namespace Streamx.Hosting.RabbitMQ;

/// <summary>Which connections of a process the broker takes no messages on, and why. Safe from any thread.</summary>
/// <param name="onChange">Called with the reason while there is such a connection, and with null once there is none.</param>
/// <param name="onCount">Called with the change in the number of such connections.</param>
internal sealed class BlockedConnections(Action<string?> onChange, Action<int> onCount)
{
    /// <summary>Orders the calls.</summary>
    private readonly Lock _lock = new();

    private readonly Dictionary<BrokerConnection, string> _reasons = [];

    /// <summary>The reason that was last reported.</summary>
    private string? _told;

    /// <summary>The broker takes no messages on a connection, or takes them again.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="reason">The reason; null if it takes them.</param>
    internal void Set(BrokerConnection connection, string? reason)
    {
        lock (_lock)
        {
            if (reason is null ? _reasons.Remove(connection) : _reasons.TryAdd(connection, reason)) onCount(reason is null ? -1 : 1);
            var now = _reasons.Count == 0 ? null : _reasons.Values.First();
            if (now == _told) return;
            _told = now;
            onChange(now);
        }
    }
}
