namespace Streamx.Hosting.Tests;

public abstract class ScopeTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : ScopeTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : ScopeTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task Handler_ByDefault_GetsAScopePerValueWhichIsDisposedBeforeTheNext()
    {
        var (life, _) = await RunAsync(streamx => streamx.AddConsumer<ScopedConsumer>());

        Assert.Equal(["new 1", "use 1", "end 1", "new 2", "use 2", "end 2", "new 3", "use 3", "end 3"], life);
    }

    [Fact]
    public async Task Handler_ScopePerValueOff_KeepsOneInstance()
    {
        var (life, _) = await RunAsync(streamx => streamx.AddConsumer<ScopedConsumer>(o => o.ScopePerValue = false));

        Assert.Equal(["new 1", "use 1", "use 1", "use 1", "end 1"], life);
    }

    [Fact]
    public async Task BatchHandler_ByDefault_GetsAScopePerBatch()
    {
        var (life, _) = await RunAsync(streamx => streamx.AddBatchConsumer<ScopedConsumer>(o => o.MaxBatchSize = 2));

        Assert.Equal(["new 1", "use 1", "end 1", "new 2", "use 2", "end 2", "new 3", "use 3", "end 3"], life);
    }

    [Fact]
    public async Task Loop_GetsOneScopeForTheRun()
    {
        var (life, _) = await RunAsync(streamx => streamx.AddStreamConsumer<ScopedConsumer>());

        Assert.Equal(["new 1", "use 1", "use 1", "use 1", "end 1"], life);
    }

    [Fact]
    public async Task Producer_GetsOneScopeForTheRun()
    {
        var (_, producers) = await RunAsync(streamx => streamx.AddConsumer("any", (_, _) => default));

        Assert.Equal(["new 1", "end 1"], producers);
    }

    [Fact]
    public async Task Handler_RegisteredAsSingleton_IsUsedAsRegistered()
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Life<ScopedConsumer>>().AddSingleton<Life<ThreeProducer>>().AddSingleton<ScopedConsumer>();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddConsumer<ScopedConsumer>().AddProducer<ThreeProducer>();
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal(["new 1", "use 1", "use 1", "use 1"], host.Services.GetRequiredService<Life<ScopedConsumer>>().Events);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handler_HostIsGoneWhileItIsBuilt_IsNoFailureOfTheConsumer(bool scopePerValue)
    {
        var building = new Signal();
        using var gone = new ManualResetEventSlim();
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Seen<int>>();
        builder.Services.AddScoped(provider =>
        {
            building.Set();
            gone.Wait(Bounded.Limit);
            return new NotingConsumer(provider.GetRequiredService<Seen<int>>());
        });
        builder.Services.AddStreamx<int>(o => (o.DrainTimeout, o.DrainMargin) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(20))).AddFeed(1, staysOpen: true)
            .AddConsumer<NotingConsumer>(o => (o.ScopePerValue, o.OnFailure) = (scopePerValue, ConsumerFailure.Skip));
        var host = builder.Build();
        var control = host.Services.GetRequiredService<IStreamxControl>();
        var worker = host.TheStream().Consumers[0];
        await host.StartAsync().WithinAsync();
        await building.WaitAsync();

        await ((IAsyncDisposable)host).DisposeAsync().WithinAsync();
        gone.Set();
        await worker.Run.WithinAsync();

        var consumer = Assert.Single(Assert.Single(control.GetStreams()).Consumers);
        Assert.Equal((0, 0, StreamxConsumerState.Ended), (consumer.ValuesSkipped, consumer.Faults, consumer.State));
    }

    private async Task<(IReadOnlyList<string> Consumers, IReadOnlyList<string> Producers)> RunAsync(Action<IStreamxBuilder<int>> addConsumer)
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Life<ScopedConsumer>>().AddSingleton<Life<ThreeProducer>>();
        addConsumer(builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddProducer<ThreeProducer>());
        using var host = builder.Build();
        await host.RunToReportAsync();
        return (host.Services.GetRequiredService<Life<ScopedConsumer>>().Events, host.Services.GetRequiredService<Life<ThreeProducer>>().Events);
    }

    internal sealed class Life<T>
    {
        private int _instances;

        public List<string> Events { get; } = [];

        public int Begin()
        {
            lock (Events)
            {
                Events.Add($"new {++_instances}");
                return _instances;
            }
        }

        public void Note(string what, int instance)
        {
            lock (Events) Events.Add($"{what} {instance}");
        }
    }

    internal sealed class ThreeProducer(Life<ThreeProducer> life) : IProducer<int>, IDisposable
    {
        private readonly int _instance = life.Begin();

        public void Dispose() => life.Note("end", _instance);

        public async Task ProduceAsync(IStreamWriter<int> stream, CancellationToken stoppingToken)
        {
            for (var i = 1; i <= 3; i++) await stream.PutAsync(i, stoppingToken);
        }
    }

    internal sealed class ScopedConsumer(Life<ScopedConsumer> life) : IConsumer<int>, IBatchConsumer<int>, IStreamConsumer<int>, IAsyncDisposable
    {
        private readonly int _instance = life.Begin();

        public ValueTask DisposeAsync()
        {
            life.Note("end", _instance);
            return default;
        }

        public ValueTask ConsumeAsync(int value, CancellationToken abortToken)
        {
            life.Note("use", _instance);
            return default;
        }

        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => ConsumeAsync(batch.Count, abortToken);

        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var value in stream) await ConsumeAsync(value, abortToken);
        }
    }
}
