using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests;

public abstract class OptionsTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : OptionsTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : OptionsTests(RegistrationOrder.Reversed);

    [Fact]
    public void Configuration_SetsWhatCodeSetsToo_Wins()
    {
        var builder = CreateBuilder(("Streamx:orders:Window", "7"), ("Streamx:orders:WhenNoSubscribers", "Discard"));
        builder.Services.AddStreamx<int>("orders", o => o.Window = 3);
        builder.Services.AddStreamx<int>("orders", o => o.DrainMargin = TimeSpan.FromSeconds(1));

        using var host = builder.Build();

        var options = host.Services.GetRequiredService<IOptionsMonitor<StreamxOptions>>().Get("orders");
        Assert.Equal(7, options.Window);
        Assert.Equal(NoSubscribers.Discard, options.WhenNoSubscribers);
        Assert.Equal(TimeSpan.FromSeconds(1), options.DrainMargin);
        Assert.Equal(7, host.Services.GetRequiredKeyedService<AsyncStream<int>>("orders").Window);
    }

    [Fact]
    public void Defaults_AreThoseOfTheContract()
    {
        var stream = new StreamxOptions();
        Assert.Equal((1, NoSubscribers.Wait, false, false), (stream.Window, stream.WhenNoSubscribers, stream.AllowSynchronousContinuations, stream.StopHostWhenCompleted));
        Assert.Equal((null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)), (stream.DrainTimeout, stream.DrainMargin, stream.AcceptAfterStop));
        var producer = new ProducerOptions();
        Assert.Equal((ProducerFailure.FaultStream, int.MaxValue), (producer.OnFailure, producer.Restart.MaxAttempts));
        var consumer = new ProcessorOptions();
        Assert.Equal((true, ConsumerFailure.FaultStream, 0, int.MaxValue), (consumer.ScopePerValue, consumer.OnFailure, consumer.Retry.MaxAttempts, consumer.Restart.MaxAttempts));
        Assert.Equal((SubscriptionMode.Every, TimeSpan.FromSeconds(10), StallAction.Warn), (consumer.Mode, consumer.StallAfter, consumer.OnStall));
        Assert.Equal((1, StartFrom.Now), (consumer.Concurrency, consumer.StartFrom));
        Assert.Null(consumer.OutputStream);
        var batches = new BatchConsumerOptions();
        Assert.Equal((100, TimeSpan.FromMilliseconds(100)), (batches.MaxBatchSize, batches.MaxBatchWait));
        Assert.Equal((TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30)), (consumer.Retry.Delay, consumer.Retry.MaxDelay));
    }

    [Theory]
    [InlineData("Oldest", "Streamx:Int32:Consumers:any:StartFrom cannot be Oldest on a stream in memory")]
    [InlineData("7", "Streamx:Int32:Consumers:any:StartFrom must be one of Now, Oldest")]
    public async Task StartFrom_StreamInMemory_IsRefused(string value, string problem)
    {
        var builder = CreateBuilder(("Streamx:Int32:Consumers:any:StartFrom", value));
        builder.Services.AddStreamx<int>().AddProducer("feed", (_, _) => Task.CompletedTask).AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_OfAProducer_WinsOverCode()
    {
        var runs = 0;
        var builder = CreateBuilder(
            ("Streamx:Int32:Producers:feed:OnFailure", "Restart"),
            ("Streamx:Int32:Producers:feed:Restart:MaxAttempts", "2"),
            ("Streamx:Int32:Producers:feed:Restart:Delay", "00:00:00"));
        builder.Services.AddStreamx<int>()
            .AddProducer("feed", (_, _) => throw new InvalidOperationException($"run {++runs}"), o => o.OnFailure = ProducerFailure.FaultStream)
            .AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertFaulted(report, "run 3");
    }

    [Fact]
    public async Task Configuration_OfABatchConsumer_SetsItsBatches()
    {
        var sizes = new Seen<int>();
        var builder = CreateBuilder(
            ("Streamx:Int32:Window", "10"),
            ("Streamx:Int32:Consumers:sizes:MaxBatchSize", "5"),
            ("Streamx:Int32:Consumers:sizes:MaxBatchWait", "00:00:30"));
        builder.Services.AddSingleton(sizes);
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true)
            .AddBatchConsumer<SizeNoting>("sizes", o => o.MaxBatchSize = 2)
            .AddProducer<HundredProducer>();
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal(Enumerable.Repeat(5, 20), sizes["sizes"]);
    }

    [Theory]
    [InlineData("Streamx:orders:Window", "0", "Streamx:orders:Window must be between 1 and 1048576, but is 0.")]
    [InlineData("Streamx:orders:Window", "many", "Failed to convert configuration value 'many' at 'Streamx:orders:Window' to type 'System.Int32'.")]
    [InlineData("Streamx:orders:WhenNoSubscribers", "7", "Streamx:orders:WhenNoSubscribers must be Wait, Discard or Throw, but is 7.")]
    [InlineData("Streamx:orders:DrainTimeout", "-00:00:01", "Streamx:orders:DrainTimeout must be between 0 and")]
    [InlineData("Streamx:orders:DrainMargin", "-00:00:01", "Streamx:orders:DrainMargin must be between 0 and")]
    [InlineData("Streamx:orders:AcceptAfterStop", "-00:00:01", "Streamx:orders:AcceptAfterStop must be between 0 and")]
    [InlineData("Streamx:orders:AcceptAfterStop", "00:00:14.001", "Streamx:orders:AcceptAfterStop must be at most 00:00:14, half of what the host has to drain the stream, but is 00:00:14.0010000.")]
    [InlineData("Streamx:orders:AcceptAfterStop", "5", "Streamx:orders:AcceptAfterStop is '5', which has no unit.")]
    [InlineData("Streamx:orders:Consumers:ledger:Mode", "5", "Streamx:orders:Consumers:ledger:Mode must be Every or Latest, but is 5.")]
    [InlineData("Streamx:orders:Consumers:archive:MaxBatchSize", "0", "Streamx:orders:Consumers:archive:MaxBatchSize must be at least 1, but is 0.")]
    [InlineData("Streamx:orders:Consumers:archive:MaxBatchWait", "-00:00:01", "Streamx:orders:Consumers:archive:MaxBatchWait must be between 0 and")]
    [InlineData("Streamx:orders:DrainTimeout", "100", "Streamx:orders:DrainTimeout is '100', which has no unit. Write a duration as hours:minutes:seconds: 00:00:10 is ten seconds.")]
    [InlineData("Streamx:orders:DrainMargin", "1", "Streamx:orders:DrainMargin is '1', which has no unit.")]
    [InlineData("Streamx:orders:Consumers:ledger:StallAfter", "10", "Streamx:orders:Consumers:ledger:StallAfter is '10', which has no unit.")]
    [InlineData("Streamx:orders:Consumers:ledger:StallAfter", "-1", "Streamx:orders:Consumers:ledger:StallAfter is '-1', which has no unit.")]
    [InlineData("Streamx:orders:Consumers:archive:MaxBatchWait", "1", "Streamx:orders:Consumers:archive:MaxBatchWait is '1', which has no unit.")]
    [InlineData("Streamx:orders:Consumers:ledger:Retry:MaxDelay", " 1 ", "Streamx:orders:Consumers:ledger:Retry:MaxDelay is '1', which has no unit.")]
    [InlineData("Streamx:orders:Producers:feed:Restart:Delay", "0", "Streamx:orders:Producers:feed:Restart:Delay is '0', which has no unit.")]
    [InlineData("Streamx:orders:WhenNoSubscribers", "Wait,Throw", "Streamx:orders:WhenNoSubscribers must be one of Wait, Discard, Throw, but is 'Wait,Throw'.")]
    [InlineData("Streamx:orders:Consumers:ledger:Mode", "Every, Latest", "Streamx:orders:Consumers:ledger:Mode must be one of Every, Latest, but is 'Every, Latest'.")]
    [InlineData("Streamx:orders:Consumers:ledger:OnFailure", "FaultStream,Skip", "Streamx:orders:Consumers:ledger:OnFailure must be one of FaultStream, Skip, Detach, Restart, but is 'FaultStream,Skip'.")]
    [InlineData("Streamx:orders:Consumers:ledger:OnStall", "Warn,Detach", "Streamx:orders:Consumers:ledger:OnStall must be one of Warn, Detach, FaultStream, but is 'Warn,Detach'.")]
    [InlineData("Streamx:orders:Producers:feed:OnFailure", "FaultStream,Restart", "Streamx:orders:Producers:feed:OnFailure must be one of FaultStream, Restart, but is 'FaultStream,Restart'.")]
    [InlineData("Streamx:orders", "3", "Configuration 'Streamx:orders' is a value where a section belongs.")]
    [InlineData("Streamx:orders:Window:Size", "3", "Configuration 'Streamx:orders:Window' is a section where a value belongs.")]
    [InlineData("Streamx:orders:Consumers:ledger", "Latest", "Configuration 'Streamx:orders:Consumers:ledger' is a value where a section belongs.")]
    [InlineData("Streamx:orders:Windoww", "3", "Configuration 'Streamx:orders:Windoww' has no effect. Known settings there: Window,")]
    [InlineData("Streamx:orders:Windwo", "3", "Did you mean 'Window'?")]
    [InlineData("Streamx:orders:Consumers:ledger:MaxBatchSize", "3", "Configuration 'Streamx:orders:Consumers:ledger:MaxBatchSize' has no effect.")]
    [InlineData("Streamx:orders:Producers:feed:Restart", "3", "Configuration 'Streamx:orders:Producers:feed:Restart' is a value where a section belongs.")]
    [InlineData("Streamx:orders:Producers:feed:Retry", "3", "Configuration 'Streamx:orders:Producers:feed:Retry' has no effect. Known settings there: OnFailure, Restart.")]
    [InlineData("Streamx:orders:Producers:feed:Restart:MaxDellay", "3", "Configuration 'Streamx:orders:Producers:feed:Restart:MaxDellay' has no effect. Known settings there: MaxAttempts, Delay, MaxDelay. Did you mean 'MaxDelay'?")]
    [InlineData("Streamx:orders:Producers:feed:Restart:MaxAttempts", "-1", "Streamx:orders:Producers:feed:Restart:MaxAttempts must be at least 0, but is -1.")]
    [InlineData("Streamx:orders:Producers:feed:OnFailure", "7", "Streamx:orders:Producers:feed:OnFailure must be one of FaultStream, Restart, but is 7.")]
    [InlineData("Streamx:orders:Consumers:ledger:Retry:MaxAttempts", "-1", "Streamx:orders:Consumers:ledger:Retry:MaxAttempts must be at least 0, but is -1.")]
    [InlineData("Streamx:orders:Consumers:ledger:Retry:Delay", "-00:00:01", "Streamx:orders:Consumers:ledger:Retry:Delay must be between 0 and 1.00:00:00, but is -00:00:01.")]
    [InlineData("Streamx:orders:Consumers:archive:Restart:MaxDelay", "00:00:00.1", "Streamx:orders:Consumers:archive:Restart:MaxDelay must be between Delay and 1.00:00:00, but is 00:00:00.1000000.")]
    [InlineData("Streamx:orders:Consumers:ledger:StallAfter", "00:00:00", "Streamx:orders:Consumers:ledger:StallAfter must be more than 0 and at most")]
    [InlineData("Streamx:orders:Consumers:ledger:OnStall", "9", "Streamx:orders:Consumers:ledger:OnStall must be one of Warn, Detach, FaultStream, but is 9.")]
    [InlineData("Streamx:orders:Consumers:ledger:OutputStream", "x", "Configuration 'Streamx:orders:Consumers:ledger:OutputStream' has no effect.")]
    public async Task Start_BadSetting_FailsNamingIt(string key, string value, string message)
    {
        var builder = CreateBuilder((key, value));
        builder.Services.AddSingleton<Seen<int>>();
        builder.Services.AddStreamx<int>("orders")
            .AddProducer("feed", (_, _) => Task.CompletedTask)
            .AddConsumer("ledger", (_, _) => default)
            .AddBatchConsumer<NotingBatches>("archive");
        using var host = builder.Build();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync().WithinAsync());

        Assert.True(error is OptionsValidationException or StreamxConfigurationException, error.ToString());

        Assert.Contains(message, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00:00:14", null)]
    [InlineData(null, "00:00:08")]
    public async Task Start_AcceptAfterStopOfHalfTheDrain_OrTheDefaultWithAShortOne_IsAllowed(string? accept, string? drain)
    {
        var builder = CreateBuilder(("Streamx:orders:AcceptAfterStop", accept), ("Streamx:orders:DrainTimeout", drain));
        builder.Services.AddStreamx<int>("orders", o => o.AcceptAfterStop = new StreamxOptions().AcceptAfterStop).AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await host.StopAsync().WithinAsync();

        host.AssertEndedWell(await host.ReportAsync());
    }

    [Theory]
    [InlineData("Streamx:ordrs:Window", "Configuration 'Streamx:ordrs' has no effect: no stream of that name is registered. Registered there: orders. Did you mean 'orders'?")]
    [InlineData("Streamx:elsewhere:Window", "Configuration 'Streamx:elsewhere' has no effect: no stream of that name is registered. Registered there: orders.")]
    [InlineData("Streamx:orders:Consumers:Ledgr:StallAfter", "Configuration 'Streamx:orders:Consumers:Ledgr' has no effect: no consumer of that name is registered. Registered there: Ledger. Did you mean 'Ledger'?")]
    [InlineData("Streamx:orders:Producers:Ledger:OnFailure", "Configuration 'Streamx:orders:Producers:Ledger' has no effect: no producer of that name is registered. Registered there: none.")]
    public async Task Start_SettingOfAnUnknownName_FailsAndSaysWhatWasMeant(string key, string message)
    {
        var builder = CreateBuilder((key, "3"));
        builder.Services.AddStreamx<int>("orders").AddConsumer("Ledger", (_, _) => default);
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.Equal([message], error.Problems);
    }

    [Fact]
    public async Task Start_SettingsThatAnotherProcessMayHave_OnlyWarns()
    {
        var builder = CreateBuilder(("Streamx:ordrs:Window", "3"), ("Streamx:orders:Consumers:Ledgr:Mode", "Latest"), ("Streamx:orders:Producers:feed:OnFailure", "Restart"));
        builder.Services.AddStreamx<int>("orders").UseInMemory(new InMemoryStore(TimeProvider.System).CreateProcess()).AddConsumer("Ledger", (_, _) => default);
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal(
            [
                "Configuration Streamx:orders:Producers:feed has no effect: it belongs to a producer that is not registered.",
                "Configuration Streamx:orders:Consumers:Ledgr has no effect: it belongs to a consumer that is not registered. Did you mean 'Ledger'?",
                "Configuration Streamx:ordrs has no effect: it belongs to a stream that is not registered. Did you mean 'orders'?",
            ],
            host.Log(LogLevel.Warning));
    }

    [Fact]
    public async Task Start_UnknownWorkerOfAStreamInThisProcess_FailsThoughAnotherStreamHasATransport()
    {
        var builder = CreateBuilder(("Streamx:Int32:Consumers:Ledgr:Mode", "Latest"));
        builder.Services.AddStreamx<int>().AddConsumer("Ledger", (_, _) => default);
        builder.Services.AddStreamx<int>("orders").UseInMemory(new InMemoryStore(TimeProvider.System).CreateProcess());
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.Contains("'Streamx:Int32:Consumers:Ledgr' has no effect", Assert.Single(error.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30, 2, null, 28, 1)]
    [InlineData(30, 2, 10.0, 10, 1)]
    [InlineData(30, 2, 0.0, 0, 1)]
    [InlineData(2, 2, null, 1, 0.5)]
    [InlineData(-0.001, 2, 5.0, 5, 1)]
    [InlineData(-0.001, 2, null, -0.001, 1)]
    [InlineData(0, 2, null, 0, 0)]
    public void DrainBudget_IsTheShutdownTimeoutLessTheMargin(double shutdown, double margin, double? drain, double expectedDrain, double expectedAfterAbort)
    {
        var options = new StreamxOptions
        {
            DrainMargin = TimeSpan.FromSeconds(margin),
            DrainTimeout = drain is null ? null : TimeSpan.FromSeconds(drain.Value),
        };

        var budget = DrainBudget.Divide(options, TimeSpan.FromSeconds(shutdown), out var wasCapped);

        Assert.False(wasCapped);
        Assert.Equal(TimeSpan.FromSeconds(expectedDrain), budget.Drain);
        Assert.Equal(TimeSpan.FromSeconds(expectedAfterAbort), budget.AfterAbort);
    }

    [Fact]
    public async Task DrainTimeout_LongerThanTheHostAllows_IsCappedAndWarnedOf()
    {
        var builder = CreateBuilder();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.Services.AddStreamx<int>(o => o.DrainTimeout = TimeSpan.FromSeconds(40)).AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Contains(host.Log(LogLevel.Warning), message => message.StartsWith("DrainTimeout of stream Int32 is 40 s, but the host's shutdown timeout leaves only 18 s, which applies.", StringComparison.Ordinal));
    }

    internal sealed class SizeNoting(Seen<int> seen) : IBatchConsumer<int>
    {
        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
        {
            seen.Add("sizes", batch.Count);
            return default;
        }
    }
}
