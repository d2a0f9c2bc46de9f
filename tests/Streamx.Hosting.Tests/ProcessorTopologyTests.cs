namespace Streamx.Hosting.Tests;

public abstract class ProcessorTopologyTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : ProcessorTopologyTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : ProcessorTopologyTests(RegistrationOrder.Reversed);

    [Fact]
    public Task NoStreamOfTheOutputType_FailsNamingProcessorAndType() => AssertFailsAsync(
        (services, ran) => Add(services, "a", ran).AddProcessor<string, Passing<int, string>>("p"),
        "Processor 'p' of stream 'a' puts System.String, but there is no stream of that type. Add one: AddStreamx<String>().");

    [Fact]
    public Task SeveralStreamsOfTheOutputType_FailsNamingTheSettingAndTheStreams() => AssertFailsAsync(
        (services, ran) =>
        {
            Add(services, "a", ran).AddProcessor<string, Passing<int, string>>("p");
            services.AddStreamx<string>("b").AddConsumer("any", (_, _) => default);
            services.AddStreamx<string>("c").AddConsumer("any", (_, _) => default);
        },
        $"Processor 'p' of stream 'a' puts System.String, and there are several streams of that type. Set Streamx:a:Consumers:p:OutputStream. There are: {string.Join(", ", InOrder("'b'", "'c'"))}.");

    [Fact]
    public Task OutputStreamOfNoStream_FailsNamingTheSettingAndTheStreams() => AssertFailsAsync(
        (services, ran) =>
        {
            Add(services, "a", ran).AddProcessor<string, Passing<int, string>>("p", o => o.OutputStream = "x");
            services.AddStreamx<string>("b").AddConsumer("any", (_, _) => default);
        },
        "Streamx:a:Consumers:p:OutputStream is 'x', but no stream of System.String has that name. There are: 'b'.");

    [Fact]
    public Task OutputStreamOfAnotherType_FailsNamingTheSetting() => AssertFailsAsync(
        (services, ran) =>
        {
            Add(services, "a", ran).AddProcessor<string, Passing<int, string>>("p");
            services.AddStreamx<long>("b").AddConsumer("any", (_, _) => default);
        },
        "Streamx:a:Consumers:p:OutputStream is 'b', but no stream of System.String has that name. There is none of that type.",
        ("Streamx:a:Consumers:p:OutputStream", "b"));

    [Fact]
    public Task CycleOfOne_FailsWithThePath() => AssertFailsAsync(
        (services, ran) => Add(services, "A", ran).AddProcessor<int, Passing<int, int>>("P"),
        "Processors form a cycle: A → P → A.");

    [Fact]
    public Task CycleOfTwo_FailsWithThePath() => AssertFailsAsync(
        (services, ran) =>
        {
            Add(services, "A", ran).AddProcessor<long, Passing<int, long>>("P");
            services.AddStreamx<long>("B").AddProcessor<int, Passing<long, int>>("Q");
        },
        $"Processors form a cycle: {InOrder("A → P → B → Q → A", "B → Q → A → P → B").First()}.");

    [Fact]
    public Task CycleOfThree_FailsWithThePath() => AssertFailsAsync(
        (services, ran) =>
        {
            Add(services, "A", ran).AddProcessor<long, Passing<int, long>>("P");
            services.AddStreamx<long>("B").AddProcessor<string, Passing<long, string>>("Q");
            services.AddStreamx<string>("C").AddConsumer("other", (_, _) => default).AddProcessor<int, Passing<string, int>>("R");
        },
        $"Processors form a cycle: {InOrder("A → P → B → Q → C → R → A", "C → R → A → P → B → Q → C").First()}.");

    [Fact]
    public Task CycleBehindOtherStreams_PathHasOnlyTheCycle() => AssertFailsAsync(
        (services, ran) =>
        {
            Add(services, "in", ran)
                .AddProcessor<string, Passing<int, string>>("side")
                .AddProcessor<long, Passing<int, long>>("enter", o => o.OutputStream = "A");
            services.AddStreamx<string>("out").AddConsumer("any", (_, _) => default);
            services.AddStreamx<long>("A").AddProcessor<long, Passing<long, long>>("P", o => o.OutputStream = "B");
            services.AddStreamx<long>("B")
                .AddProcessor<string, Passing<long, string>>("leave")
                .AddProcessor<long, Passing<long, long>>("Q", o => o.OutputStream = "A");
        },
        $"Processors form a cycle: {InOrder("A → P → B → Q → A", "B → Q → A → P → B").First()}.");

    [Fact]
    public async Task DiamondWithoutACycle_Runs()
    {
        var seen = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<string>("end", o => o.StopHostWhenCompleted = true).AddConsumer("last", seen.By("last"));
        builder.Services.AddStreamx<long>("right").AddProcessor<string, Passing<long, string>>("to-end");
        builder.Services.AddStreamx<short>("left").AddProcessor<string, Passing<short, string>>("to-end");
        builder.Services.AddStreamx<int>("start").AddCounting("feed", 10)
            .AddProcessor<long, Passing<int, long>>("to-right")
            .AddProcessor<short, Passing<int, short>>("to-left");
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(20, seen["last"].Count);
        Assert.All(report.Streams, stream => Assert.Equal(ShutdownOutcome.Drained, stream.Outcome));
    }

    /// <summary>A stream with a producer and a consumer that note that they ran.</summary>
    private static IStreamxBuilder<int> Add(IServiceCollection services, string name, Signal ran) =>
        services.AddStreamx<int>(name)
            .AddProducer("feed", (_, _) =>
            {
                ran.Set();
                return Task.CompletedTask;
            })
            .AddConsumer("noting", (_, _) =>
            {
                ran.Set();
                return default;
            });

    private async Task AssertFailsAsync(
        Action<IServiceCollection, Signal> register, string message, params (string Key, string? Value)[] configuration)
    {
        var ran = new Signal();
        var builder = CreateBuilder(configuration);
        register(builder.Services, ran);
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.StartsWith(message, Assert.Single(error.Problems), StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        var streams = host.Services.GetRequiredService<IStreamxControl>().GetStreams();
        Assert.All(streams.SelectMany(stream => stream.Producers), producer => Assert.Equal(StreamxProducerState.NotStarted, producer.State));
        Assert.All(streams.SelectMany(stream => stream.Consumers), consumer => Assert.Equal(StreamxConsumerState.NotStarted, consumer.State));
        await host.StopAsync().WithinAsync();
        Assert.False(ran.IsSet);
    }

    internal sealed class Passing<TIn, TOut> : IProcessor<TIn, TOut>
        where TIn : notnull
    {
        public Task ProcessAsync(TIn value, IStreamWriter<TOut> output, CancellationToken abortToken) =>
            output.PutAsync((TOut)Convert.ChangeType(value, typeof(TOut), System.Globalization.CultureInfo.InvariantCulture), abortToken).AsTask();
    }
}
