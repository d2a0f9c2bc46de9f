using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.TestUtilities.Clocks;

namespace Streamx.Hosting.RabbitMQ.Tests.Health;

/// <summary>A broker that takes nothing, because of an alarm or of the network, is named as the reason.</summary>
[Collection(DisturbedCollection.Name)]
public sealed class BlockedTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    [Fact]
    public async Task Alarm_PutWaits_LogHealthStatusAndMetricsNameTheBrokersReason()
    {
        var taken = new Taken();
        // A broker on a busy machine may answer late, which ends a session as well.
        _stream.Options.Heartbeat = TimeSpan.FromMinutes(1);
        await using var all = await StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        var writer = all.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await writer.PutAsync(1).AsTask().WithinAsync();
        long blocked = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == StreamxRabbitMqTelemetry.Blocked) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, change, tags, _) =>
        {
            foreach (var tag in tags)
                if (tag.Value is string name && name == _stream.Name) Interlocked.Add(ref blocked, change);
        });
        listener.Start();
        var sessions = Sessions();

        Task put;
        try
        {
            await broker.Node.ControlAsync("set_vm_memory_high_watermark", "0.00001");
            put = writer.PutAsync(2).AsTask();
            await all.LoggedAsync("its store takes no values for now", "low on memory");

            Assert.Equal("low on memory", all.Status.Remote!.BlockedReason);
            Assert.Contains("puts: the store takes no values for now: low on memory", all.Status.Remote.Problems);
            var ready = await ProbeAsync(all);
            Assert.Equal(HealthStatus.Unhealthy, ready.Status);
            Assert.Contains($"Stream '{_stream.Name}': puts: the store takes no values for now: low on memory", ready.Description, StringComparison.Ordinal);
            Assert.True(Interlocked.Read(ref blocked) > 0);
            Assert.False(put.IsCompleted);
        }
        finally
        {
            await broker.Node.ControlAsync("set_vm_memory_high_watermark", "absolute", "1GB");
        }

        await put.WithinAsync();
        await taken.UntilAsync(2);
        await all.UntilAsync(remote => remote is { BlockedReason: null, Problems: [] });
        await Until.TrueAsync(() => Interlocked.Read(ref blocked) == 0);
        // The connections outlast the alarm: nothing is sent again.
        Assert.True(sessions.SequenceEqual(Sessions()), string.Join(Environment.NewLine, Sessions()));
        Assert.Equal([1, 2], taken.Values);

        string[] Sessions() => [.. all.Log(LogLevel.Warning).Where(message => message.Contains("session", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task Alarm_OutlastsTheTimeoutOfAStep_TheStepGoesOn()
    {
        await using var connection = await OutlastAlarmAsync(TimeProvider.System, async (connection, channel) =>
        {
            var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var step = connection.RunAsync(() => answer.Task, "Asking", TimeSpan.FromMilliseconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            answer.SetResult();

            await step.WithinAsync();
            // The client knows nothing of alarms: a timeout of its own would end the step.
            Assert.Equal(Timeout.InfiniteTimeSpan, channel.ContinuationTimeout);
        });

        Assert.False(connection.WhenLost.IsCompleted);
    }

    [Fact]
    [Trait("Length", "long")]
    public async Task Alarm_OutlastsTheTimeoutWhileAChannelIsOpened_ChannelOpens()
    {
        Task<IChannel>? opening = null;
        await using var connection = await OutlastAlarmAsync(TimeProvider.System, async (connection, _) =>
        {
            opening = connection.RunAsync(connection.OpenProbeAsync, "Opening a channel");
            // The client's timer knows no other clock.
            await Task.Delay(_stream.Options.Timeout + TimeSpan.FromSeconds(2), TimeProvider.System);
        });

        await opening!.WithinAsync();
        Assert.False(connection.WhenLost.IsCompleted);
    }

    [Fact]
    public async Task Alarm_OverWhileTheProcessIsPaused_ConnectionDoesNotCountAsHeld()
    {
        var clock = new LeapingClock();
        _stream.Options.Heartbeat = TimeSpan.FromMinutes(1);
        await using var connection = await OutlastAlarmAsync(clock, (connection, _) =>
        {
            Assert.True(connection.Lasts);
            // Long enough for the broker to have begun to count again, and to have given the connection up.
            clock.Leap(TimeSpan.FromMinutes(3));
            return Task.CompletedTask;
        });

        Assert.False(connection.Lasts);
    }

    [Fact]
    public async Task Alarm_OutlastsHeartbeatsWhileTheProcessRuns_ConnectionLasts()
    {
        var clock = new SimulatedClock();
        _stream.Options.Heartbeat = TimeSpan.FromMinutes(1);
        await using var connection = await OutlastAlarmAsync(clock, async (connection, _) =>
        {
            // The process sees that it runs, each time before it waits for the next.
            while (clock.Elapsed < TimeSpan.FromMinutes(10)) await Until.TrueAsync(() => clock.AdvanceToNext());
            Assert.True(connection.Lasts);
        });

        Assert.True(connection.Lasts);
    }

    [Fact]
    public async Task Network_SwallowsEverything_ReadySaysSoThoughAHandlerStillWorks()
    {
        var (taken, goOn) = (new Taken(), new Signal());
        await using var proxy = new TcpProxy(broker.Uri);
        await using var all = await StartAsync(_stream, stream => stream
            .UseRabbitMq(o => (o.Uri, o.Timeout) = (proxy.Uri, TimeSpan.FromSeconds(2)))
            .AddConsumer("a", async (value, _) =>
            {
                await taken.Add(value);
                await goOn.WaitAsync();
            }));
        var writer = all.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await writer.PutAsync(1).AsTask().WithinAsync();
        await taken.UntilAsync(1);

        proxy.Swallow();
        await all.LoggedAsync(", a: the session with the other processes is lost", "the broker did not answer in time");

        var ready = await ProbeAsync(all);
        Assert.Equal(HealthStatus.Unhealthy, ready.Status);
        Assert.Contains("has no session with the other processes for a:", ready.Description, StringComparison.Ordinal);
        proxy.PassOn();
        goOn.Set();
        await writer.PutAsync(2).AsTask().WithinAsync();
        await taken.UntilAsync(values => values.Contains(2));
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    /// <summary>Opens a connection that the broker takes no messages on for a while.</summary>
    /// <param name="clock">Its clock.</param>
    /// <param name="meanwhile">What is done during that time.</param>
    private async Task<BrokerConnection> OutlastAlarmAsync(TimeProvider clock, Func<BrokerConnection, IChannel, Task> meanwhile)
    {
        var (blocked, unblocked) = (new Signal(), new Signal());
        var connection = await BrokerConnector.OpenAsync(_stream.Options, "test", clock, (_, reason) => (reason is null ? unblocked : blocked).Set(), default).WithinAsync();
        var channel = await connection.OpenChannelAsync(confirms: false).WithinAsync();
        try
        {
            await broker.Node.ControlAsync("set_vm_memory_high_watermark", "0.00001");
            // The broker blocks a connection when a message comes on it, and reads nothing more from it.
            await channel.BasicPublishAsync("", "nowhere", mandatory: false, default(ReadOnlyMemory<byte>)).AsTask().WithinAsync();
            await blocked.WaitAsync();
            await meanwhile(connection, channel);
        }
        finally
        {
            await broker.Node.ControlAsync("set_vm_memory_high_watermark", "absolute", "1GB");
        }

        await unblocked.WaitAsync();
        return connection;
    }

    private static Task<Pod> StartAsync(TestStream stream, Action<IStreamxBuilder<int>> add) => Pod.StartAsync(
        stream,
        builder =>
        {
            builder.Services.AddHealthChecks().AddStreamx();
            add(builder);
        },
        o => o.Window = 16);

    private static async Task<HealthReportEntry> ProbeAsync(Pod pod)
    {
        var report = await pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("ready")).WithinAsync();
        return Assert.Single(report.Entries).Value;
    }
}
