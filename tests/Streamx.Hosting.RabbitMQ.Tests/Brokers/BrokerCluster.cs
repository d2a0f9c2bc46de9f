using System.Diagnostics;
using System.Globalization;

namespace Streamx.Hosting.RabbitMQ.Tests.Brokers;

/// <summary>One or more nodes that belong together, in a folder of their own that goes with them.</summary>
internal sealed class BrokerCluster : IAsyncDisposable
{
    private readonly string _home;
    private readonly Process _epmd;

    private BrokerCluster(string home, Process epmd, BrokerNode[] nodes)
    {
        _home = home;
        _epmd = epmd;
        Nodes = nodes;
    }

    public IReadOnlyList<BrokerNode> Nodes { get; }

    /// <summary>Starts nodes.</summary>
    /// <param name="count">How many.</param>
    /// <param name="settings">Lines of their configuration beside the usual ones.</param>
    /// <param name="plugins">The plugins they run.</param>
    public static async Task<BrokerCluster> StartAsync(int count, IEnumerable<string>? settings = null, IEnumerable<string>? plugins = null)
    {
        var home = Directory.CreateTempSubdirectory("streamx-broker-").FullName;
        var cookie = Path.Combine(home, ".erlang.cookie");
        await File.WriteAllTextAsync(cookie, Guid.NewGuid().ToString("N"));
        File.SetUnixFileMode(cookie, UnixFileMode.UserRead);
        var epmdPort = Ports.Free();
        // In the foreground and ours, or the first node would start one that stays behind.
        var epmd = Process.Start("epmd", ["-port", epmdPort.ToString(CultureInfo.InvariantCulture), "-address", "127.0.0.1"]);
        var nodes = Enumerable.Range(1, count).Select(number => new BrokerNode(home, epmdPort, number, Ports.Free())).ToArray();
        var cluster = new BrokerCluster(home, epmd, nodes);
        try
        {
            foreach (var node in nodes) node.Configure([.. settings ?? [], .. count > 1 ? Clustered(nodes) : []], plugins ?? []);
            await nodes[0].StartAsync();
            await Task.WhenAll(nodes.Skip(1).Select(node => node.StartAsync()));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) await node.KillAsync();
        if (!_epmd.HasExited) _epmd.Kill();
        _epmd.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private static IEnumerable<string> Clustered(BrokerNode[] nodes) =>
    [
        "cluster_formation.peer_discovery_backend = classic_config",
        "cluster_formation.randomized_startup_delay_range.min = 0",
        "cluster_formation.randomized_startup_delay_range.max = 1",
        "cluster_partition_handling = pause_minority",
        .. nodes.Select((node, i) => $"cluster_formation.classic_config.nodes.{i + 1} = {node.Name}"),
    ];
}
