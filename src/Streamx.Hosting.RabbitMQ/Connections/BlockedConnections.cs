namespace Streamx.Hosting.RabbitMQ;

/// <summary>Which connections of a process the broker takes no messages on, and why. Safe from any thread.</summary>
/// <param name="onChange">Told why there is such a connection, and null once there is none.</param>
/// <param name="onCount">Told of each connection more, or less.</param>
internal sealed class BlockedConnections(Action<string?> onChange, Action<int> onCount)
{
    /// <summary>Orders what is told.</summary>
    private readonly Lock _lock = new();

    private readonly Dictionary<BrokerConnection, string> _reasons = [];

    /// <summary>What was told last.</summary>
    private string? _told;

    /// <summary>The broker takes no messages on a connection, or does again.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="reason">Why; null if it does.</param>
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
