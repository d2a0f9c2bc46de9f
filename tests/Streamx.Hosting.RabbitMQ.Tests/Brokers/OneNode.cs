using Streamx.Hosting.RabbitMQ.Tests.Brokers;

[assembly: AssemblyFixture(typeof(OneNode))]

namespace Streamx.Hosting.RabbitMQ.Tests.Brokers;

/// <summary>A broker of one node for all tests that leave it, and the streams of others, as they are.</summary>
public sealed class OneNode : IAsyncLifetime
{
    private BrokerCluster? _cluster;

    internal BrokerNode Node => _cluster!.Nodes[0];

    internal Uri Uri => Node.Uri;

    public async ValueTask InitializeAsync() => _cluster = await BrokerCluster.StartAsync(1);

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }
}
