using System.Globalization;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Randomised;

/// <summary>
/// Faults of all kinds at random, for as many minutes as <c>STREAMX_FAULT_MINUTES</c> says, half of them on one node and half on three, or
/// all of them on as many as <c>STREAMX_FAULT_NODES</c> says; otherwise only a few of processes, networks and nodes, on one.
/// <c>STREAMX_SEED</c> sets the seed of the first round; each round's seed is the one before plus one. See <c>tests/run.sh faults</c>.
/// </summary>
[Trait("Length", "long")]
public sealed class RandomFaultTests
{
    private static readonly double? s_minutes = double.TryParse(Environment.GetEnvironmentVariable("STREAMX_FAULT_MINUTES"), CultureInfo.InvariantCulture, out var minutes) ? minutes : null;

    private static readonly int? s_nodes = int.TryParse(Environment.GetEnvironmentVariable("STREAMX_FAULT_NODES"), CultureInfo.InvariantCulture, out var nodes) ? nodes : null;

    /// <summary>How many nodes to run on.</summary>
    public static TheoryData<int> Nodes => s_nodes is { } nodes ? [nodes] : s_minutes is null ? [1] : [1, 3];

    [Theory]
    [MemberData(nameof(Nodes))]
    public async Task Faults_OfAllKinds_LoseNothing(int nodes)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("STREAMX_SEED"), CultureInfo.InvariantCulture, out var set) ? set : Random.Shared.Next();
        await using var cluster = await BrokerCluster.StartAsync(nodes);
        var until = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes((s_minutes ?? 0) / Nodes.Count);
        do
        {
            await using var round = new RandomRound(cluster, seed, s_minutes is null ? RandomRound.Ordinary : RandomRound.All);
            Console.WriteLine(await round.RunAsync(s_minutes is null ? 4 : 12));
            seed++;
        }
        while (TimeProvider.System.GetUtcNow() < until);
    }
}
