namespace Streamx.Hosting.Sqlite.Tests.EndToEnd;

/// <summary>What processes report to one that asks.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly TestFile _file = new();
    private readonly Gate _gate = new();

    [Fact]
    public async Task RequestReports_BetweenProcesses_EachSaysHowItsConsumersWork()
    {
        await _file.CreateProcess().RegisterAsync(["a"], default);
        await using var worker = await StartAsync("worker", stream => stream.AddConsumer("a", (value, _) => _gate.HandleAsync(value)));
        await using var leader = await StartAsync("leader", _ => { });
        await leader.Services.GetRequiredKeyedService<IStreamWriter<int>>("numbers").PutAsync(1).AsTask().WithinAsync();

        await AskUntilAsync(
            leader,
            "worker",
            report => report.Consumers is [{ Name: "a", IsActive: true, State: StreamxConsumerState.Processing, BusyRatio: > 0.9 }]);
        await AskUntilAsync(worker, "leader", report => report is { IsLeading: true, Names: [{ Name: "a", Instance: "worker", Lag: 1 }] });

        _gate.Open();
    }

    private Task<Pod> StartAsync(string instance, Action<IStreamxBuilder<int>> add) =>
        Pod.StartAsync(_file, "numbers", add, configure: null, ("Streamx:numbers:Sqlite:InstanceId", instance));

    private static Task AskUntilAsync(Pod pod, string instance, Predicate<StreamxProcessReport> condition) => Until.TrueAsync(() =>
    {
        pod.Services.GetRequiredService<IStreamxControl>().RequestReports();
        return pod.Status.Remote!.Reports.Any(report => report.Instance == instance && condition(report));
    });

    public void Dispose()
    {
        _gate.Open();
        _file.Dispose();
    }
}
