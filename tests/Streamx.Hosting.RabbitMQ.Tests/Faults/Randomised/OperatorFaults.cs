using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Randomised;

/// <summary>What operators, other applications and a broker without memory or disk do to a stream. Nodes stay up meanwhile.</summary>
internal sealed class OperatorFaults(BrokerCluster cluster, NodeFaults nodes, Topology topology)
{
    /// <summary>What an operator's policy may say of the queues of values; each drops values that nobody has in hand.</summary>
    private static readonly string[] s_policies =
    [
        """{"max-length":4,"overflow":"drop-head"}""",
        """{"message-ttl":300}""",
        """{"delivery-limit":1}""",
    ];

    /// <summary>How long a single node takes at most to write down that a queue has been made again; see <see cref="BrokerNode.StoredAsync"/>.</summary>
    private static readonly TimeSpan s_stored = TimeSpan.FromSeconds(8);

    private BrokerNode Node => cluster.Nodes[0];

    public Task DeleteQueueAsync(Decision decision) => AdministerAsync(
        async admin =>
        {
            await admin.DeleteQueueAsync(Queue(decision));
            // Killed before the queue that is made again is on its disk, a single node never serves that queue again.
            if (cluster.Nodes.Count == 1) await Task.Delay(s_stored, TimeProvider.System);
        });

    public Task PurgeQueueAsync(Decision decision) => AdministerAsync(admin => admin.Channel.QueuePurgeAsync(Queue(decision)));

    public Task UnbindAsync(Decision decision) => AdministerAsync(admin => admin.Channel.QueueUnbindAsync(topology.Values(Name(decision)), topology.Data, ""));

    public Task DeleteExchangeAsync(Decision decision) => AdministerAsync(admin => admin.Channel.ExchangeDeleteAsync(decision.Choose([topology.Data, topology.Control])!));

    /// <summary>Another application publishes where it should not.</summary>
    public Task PublishForeignAsync(Decision decision)
    {
        var (exchange, key) = decision.Choose<(string, string)>(
        [
            (topology.Data, ""), (topology.Control, Topology.LeaderKey), ("", topology.Lock), ("", topology.State), ("", topology.Registry),
            ("", topology.Values(Name(decision))), ("", topology.Checkpoint(Name(decision))),
            ("", topology.Ends),
        ]);
        return AdministerAsync(admin => admin.Channel.BasicPublishAsync(exchange, key, mandatory: false, new BasicProperties { ContentType = "text/plain" }, "hello"u8.ToArray()).AsTask());
    }

    /// <summary>A policy for the queues of values, for a while.</summary>
    public Task LimitAsync(Decision decision) => nodes.WithNodesAsync(async () =>
    {
        var name = topology.Lock;
        await Node.ControlAsync("set_policy", name, $"^{topology.Values("")}".Replace(".", @"\.", StringComparison.Ordinal), decision.Choose(s_policies)!, "--apply-to", "queues");
        await Task.Delay(decision.Long, TimeProvider.System);
        await Node.ControlAsync("clear_policy", name);
    });

    /// <summary>A node has too little memory or disk, for a while: no connection may publish to any node.</summary>
    public Task AlarmAsync(Decision decision) => nodes.WithNodesAsync(async () =>
    {
        var isMemory = decision.Pick % 2 == 0;
        await (isMemory ? Node.ControlAsync("set_vm_memory_high_watermark", "0.00001") : Node.ControlAsync("set_disk_free_limit", "1000000GB"));
        await Task.Delay(decision.Long, TimeProvider.System);
        await (isMemory ? Node.ControlAsync("set_vm_memory_high_watermark", "absolute", "1GB") : Node.ControlAsync("set_disk_free_limit", "100MB"));
    });

    private static string Name(Decision decision) => decision.Role == "producer" ? Scene.Names[0] : decision.Role;

    /// <summary>Any queue, those of values more often than the others.</summary>
    private string Queue(Decision decision) => decision.Choose(
    [
        topology.Values(Name(decision)), topology.Values(Name(decision)), topology.Values(Name(decision)), topology.Checkpoint(Name(decision)),
        topology.Lock, topology.State, topology.Ends, topology.Registry,
    ])!;

    private Task AdministerAsync(Func<Administration, Task> action) => nodes.WithNodesAsync(async () =>
    {
        await using var admin = await Administration.OpenAsync(Node.Uri);
        try
        {
            await action(admin);
        }
        catch (OperationInterruptedException)
        {
            // It had been deleted, and was not made again yet; or it has no leader, after a node was killed.
        }
    });
}
