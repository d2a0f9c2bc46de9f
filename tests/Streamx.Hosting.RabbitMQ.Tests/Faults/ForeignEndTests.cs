using RabbitMQ.Client;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>A message of another application in the queue of ends is none of the stream's.</summary>
public sealed class ForeignEndTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    [Fact]
    public async Task Lead_ForeignMessageAmongEnds_StreamHasNotEnded()
    {
        var process = _stream.CreateProcess();
        await using var lead = await process.LeadAsync(["a"], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.ReleaseAsync(closed: false, default).WithinAsync();
        await using var admin = await _stream.AdministerAsync();
        await PublishAsync(admin);
        await Until.TrueAsync(async () => await CountAsync(admin) == 2);
        List<string> amiss = [];
        process.OnAmiss = amiss.Add;

        await using var next = await process.LeadAsync([], default).WithinAsync();

        Assert.False(next.HasEnded);
        Assert.Contains(amiss, what => what.Contains($"'{_stream.Topology.Ends}'", StringComparison.Ordinal) && what.Contains("text/plain", StringComparison.Ordinal));
        await Until.TrueAsync(async () => await CountAsync(admin) == 1);
    }

    [Fact]
    public async Task Leader_ForeignMessageAmongEnds_SetsItAsideAndEndsCountAsBefore()
    {
        var process = _stream.CreateProcess();
        TaskCompletionSource<string> amiss = new(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OnAmiss = what => amiss.TrySetResult(what);
        await using var lead = await process.LeadAsync(["a"], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await using var admin = await _stream.AdministerAsync();

        await PublishAsync(admin);

        Assert.Contains($"'{_stream.Topology.Ends}'", await amiss.Task.WithinAsync(), StringComparison.Ordinal);
        await Until.TrueAsync(async () => await CountAsync(admin) == 1);
        await lead.EndAsync(1).WithinAsync();
        await Until.TrueAsync(async () => await CountAsync(admin) == 2);
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private ValueTask PublishAsync(Administration admin) =>
        admin.Channel.BasicPublishAsync("", _stream.Topology.Ends, mandatory: true, new BasicProperties { ContentType = "text/plain" }, "hello"u8.ToArray());

    private Task<uint> CountAsync(Administration admin) => admin.Channel.MessageCountAsync(_stream.Topology.Ends);
}
