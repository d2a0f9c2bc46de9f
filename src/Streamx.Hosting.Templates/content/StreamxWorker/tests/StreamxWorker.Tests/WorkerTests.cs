using Streamx.Hosting;
using Streamx.Hosting.Testing;
using Xunit;

namespace StreamxWorker.Tests;

public class WorkerTests
{
    [Fact]
    public async Task Recorder_FailsOnce_GetsTheReadingAgain()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddWorker());
        var readings = harness.Stream<Reading>("readings");
        var recorder = readings.Consumer<Recorder>();
        recorder.FailNext(new TimeoutException("The disk is away."));
        await harness.StartAsync();

        harness.Time.Advance(await recorder.WaitForBackoffAsync());
        await recorder.WaitForFinishedAsync(1);
        var report = await harness.StopAsync();

        Assert.Equal(1, recorder.Finished[0].Number);
        Assert.IsType<TimeoutException>(Assert.Single(recorder.Failures));
        Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
    }

    [Fact]
    public async Task Thermometer_RecorderIsHeld_Waits()
    {
        await using var harness = new StreamxHarness(builder => builder.Services.AddWorker());
        var readings = harness.Stream<Reading>("readings");
        readings.Consumer<Recorder>().Hold();
        await harness.StartAsync();

        await readings.Producer<Thermometer>().WaitForPutsAsync(1);
        await harness.ElapseAsync(TimeSpan.FromSeconds(1));
        await readings.WaitForWaitingPutAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(5));
        readings.Consumer<Recorder>().Release();
        await readings.Producer<Thermometer>().WaitForPutsAsync(2);

        Assert.Equal(TimeSpan.FromSeconds(5), readings.TimeWaitedFor(nameof(Recorder)));
    }
}
