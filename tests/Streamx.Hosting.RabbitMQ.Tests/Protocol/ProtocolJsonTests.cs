using System.Text;

namespace Streamx.Hosting.RabbitMQ.Tests.Protocol;

/// <summary>What is written as JSON, and that what was written before a member came is still read.</summary>
public class ProtocolJsonTests
{
    [Fact]
    public void Checkpoint_WithAnInstance_IsWrittenAndReadWithIt()
    {
        var json = ProtocolJson.Write(new Checkpoint("a", 2, 5, [new Fence(2, 4)]) { Instance = "shop.orders-1" }, ProtocolJson.Default.Checkpoint);

        Assert.Equal("""{"name":"a","epoch":2,"position":5,"fences":[{"epoch":2,"received":4}],"instance":"shop.orders-1"}""", Encoding.UTF8.GetString(json));
        Assert.Equal("shop.orders-1", ProtocolJson.TryRead(json, ProtocolJson.Default.Checkpoint)!.Instance);
    }

    [Fact]
    public void Checkpoint_WithoutAnInstance_IsReadAndWrittenAsBefore()
    {
        const string Json = """{"name":"a","epoch":2,"position":5,"fences":[]}""";

        var checkpoint = ProtocolJson.TryRead(Encoding.UTF8.GetBytes(Json), ProtocolJson.Default.Checkpoint)!;

        Assert.Equal(("a", 2, 5, null), (checkpoint.Name, checkpoint.Epoch, checkpoint.Position, checkpoint.Instance));
        Assert.Equal(Json, Encoding.UTF8.GetString(ProtocolJson.Write(checkpoint, ProtocolJson.Default.Checkpoint)));
    }

    [Fact]
    public void Answer_WithoutAnInstance_IsRead()
    {
        var answer = ProtocolJson.TryRead("""{"name":"a","epoch":2,"position":5,"received":6,"head":6}"""u8.ToArray(), ProtocolJson.Default.SyncAnswer);

        Assert.Equal(new SyncAnswer("a", 2, 5, 6, 6), answer);
    }

    [Fact]
    public void Presence_IsWrittenAndRead()
    {
        var json = ProtocolJson.Write(new Presence("a", "one", IsActive: true), ProtocolJson.Default.Presence);

        Assert.Equal("""{"name":"a","instance":"one","isActive":true}""", Encoding.UTF8.GetString(json));
        Assert.Equal(new Presence("a", "one", IsActive: true), ProtocolJson.TryRead(json, ProtocolJson.Default.Presence));
    }
}
