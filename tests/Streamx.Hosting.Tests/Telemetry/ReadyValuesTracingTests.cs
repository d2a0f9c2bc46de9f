namespace Streamx.Hosting.Tests.Telemetry;

[Collection(nameof(TracingCollection))]
public sealed class ReadyValuesTracingTests
{
    [Fact]
    public async Task Listener_ComesWhileValuesAreReady_SeesEachOneThatBeginsAfterIt()
    {
        const int Count = 8;
        var allPut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TraceRecorder? recorder = null;
        var builder = TestHost.CreateBuilder();
        builder.Services.AddStreamx<int>("ready", o => o.Window = 2 * Count).AddConsumer("c", (value, _) =>
        {
            if (value == 1) return new ValueTask(allPut.Task);
            if (value == 4) recorder = new TraceRecorder(stream => stream == "ready");
            return default;
        });
        using var host = builder.Build();
        var writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("ready");
        await host.StartAsync().WithinAsync();
        await writer.PutManyAsync(Enumerable.Range(1, Count).ToArray()).WithinAsync();

        allPut.SetResult();
        await writer.FlushAsync().WithinAsync();
        await host.StopAsync().WithinAsync();

        using (recorder)
        {
            Assert.Equal(Count - 4, recorder!.Ended.Count);
            Assert.All(recorder.Ended, activity => Assert.Equal("process ready", activity.OperationName));
            Assert.Empty(recorder.Open);
        }
    }
}
