using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.EndToEnd;

/// <summary>What processes report to one that asks.</summary>
[Collection(DisturbedCollection.Name)]
public sealed class ReportTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);
    private readonly Gate _gate = new();

    [Fact]
    public async Task RequestReports_BetweenProcesses_EachSaysHowItsConsumersWork()
    {
        await using var worker = await Pod.StartAsync(
            _stream, stream => stream.AddConsumer("a", (value, _) => _gate.HandleAsync(value)), instance: "worker");
        await _stream.RegisteredAsync("a");
        await using var leader = await Pod.StartAsync(_stream, _ => { }, instance: "leader");
        await leader.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name).PutAsync(1).AsTask().WithinAsync();

        await AskUntilAsync(
            leader,
            "worker",
            report => report.Consumers is [{ Name: "a", IsActive: true, State: StreamxConsumerState.Processing, BusyRatio: > 0.9 }]);
        await AskUntilAsync(worker, "leader", report => report is { IsLeading: true, Names: [{ Name: "a", Instance: "worker", Lag: 1 }] });

        _gate.Open();
    }

    [Fact]
    [Trait("Length", "long")]
    public async Task RequestReports_ExchangeDeleted_ComeOverANewOne()
    {
        await using var worker = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (_, _) => default), instance: "worker");
        await _stream.RegisteredAsync("a");
        await using var leader = await Pod.StartAsync(_stream, _ => { }, instance: "leader");
        await AskUntilAsync(leader, "worker", _ => true);
        // Then no process sends anything, by which it would find out.
        await Until.TrueAsync(() => leader.Status.Remote!.Reports.Count == 0);

        await using (var admin = await _stream.AdministerAsync()) await admin.Channel.ExchangeDeleteAsync(_stream.Topology.Reports);

        await AskUntilAsync(leader, "worker", _ => true);
        Assert.Empty(leader.Status.Remote!.Problems);
    }

    [Fact]
    public async Task OpenReports_ProcessesDeclareNothing_IsRefusedByTheNameOfThePackage()
    {
        var options = new RabbitMqOptions { Uri = broker.Uri, Prefix = _stream.Options.Prefix, DeclareTopology = false };
        var transport = new RabbitMqTransport(_stream.Name, options, TimeProvider.System);

        var refusal = await Assert.ThrowsAsync<NotSupportedException>(
            () => transport.OpenReportsAsync(() => { }, _ => { }, default).WithinAsync());

        Assert.StartsWith("Streamx.Hosting.RabbitMQ cannot carry reports", refusal.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _gate.Open();
        await _stream.DisposeAsync();
    }

    private static Task AskUntilAsync(Pod pod, string instance, Predicate<StreamxProcessReport> condition) => Until.TrueAsync(() =>
    {
        pod.Services.GetRequiredService<IStreamxControl>().RequestReports();
        return pod.Status.Remote!.Reports.Any(report => report.Instance == instance && condition(report));
    });
}
