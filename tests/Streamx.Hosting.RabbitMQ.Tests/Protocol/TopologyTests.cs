namespace Streamx.Hosting.RabbitMQ.Tests.Protocol;

/// <summary>What belongs to one stream cannot be taken for what belongs to another, and a stream is the same whatever its case.</summary>
public class TopologyTests
{
    [Fact]
    public void Queues_ConsumerAndStreamWhoseNamesWouldMeet_AreDifferent()
    {
        Assert.NotEqual(new Topology("p", "x").Values("lock"), new Topology("p", "x.c").Lock);
        Assert.NotEqual(new Topology("p", "x").Checkpoint("names"), new Topology("p", "x.ck").Registry);
        Assert.NotEqual(new Topology("p", "x.c").Lock, new Topology("p", "x%2Ec").Lock);
    }

    [Fact]
    public void Queues_NamesThatDifferInCaseAlone_AreTheSame()
    {
        Assert.Equal(new Topology("p", "ORDERS").Data, new Topology("p", "orders").Data);
        Assert.Equal(new Topology("p", "orders").Values("Ledger"), new Topology("p", "orders").Values("ledger"));
    }

    [Fact]
    public void ConsumerOf_QueueOfValues_IsItsConsumerAndNoneOfAnotherQueue()
    {
        var topology = new Topology("p", "Orders");

        Assert.Equal("led.ger", topology.ConsumerOf(topology.Values("Led.ger")));
        Assert.Null(topology.ConsumerOf(topology.Checkpoint("ledger")));
        Assert.Null(topology.ConsumerOf(topology.Lock));
    }
}
