namespace Streamx.Hosting.Tests.Workers;

/// <summary>Workers that the container cannot build: never, or not now.</summary>
public abstract class WorkerBuildTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : WorkerBuildTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : WorkerBuildTests(RegistrationOrder.Reversed);

    public static TheoryData<string, string> Kinds => new()
    {
        { "Consumer", "Consumer 'bad'" },
        { "Batch", "Consumer 'bad'" },
        { "Loop", "Consumer 'bad'" },
        { "Processor", "Processor 'bad'" },
        { "Producer", "Producer 'bad'" },
        { "DeadLetter", "Dead-letter handler 'InkUser'" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Start_DependencyIsMissing_FailsNamingBothBeforeAnyValueIsPut(string kind, string worker)
    {
        var builder = CreateBuilder();
        AddBad(builder.Services, kind);
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.Equal(
            $"{worker} of stream 'orders' cannot be built: Unable to resolve service for type '{typeof(Ink)}' while attempting to activate '{typeof(InkUser)}'.",
            Assert.Single(error.Problems));
        Assert.Empty(host.Services.GetRequiredService<Seen<int>>()["healthy"]);
    }

    [Fact]
    public async Task Start_InterfaceIsNotRegistered_FailsNamingIt()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders").AddConsumer<IConsumer<int>>("bad");
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.StartsWith("Consumer 'bad' of stream 'orders' cannot be built: No service for type", Assert.Single(error.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OnlyAnotherServiceCannotBeBuilt_Runs()
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Seen<int>>().AddScoped<InkUser>();
        builder.Services.AddStreamx<int>("orders", o => o.StopHostWhenCompleted = true).AddFeed(3).AddConsumer<NotingConsumer>();
        using var host = builder.Build();

        host.AssertEndedWell(await host.RunToReportAsync());
    }

    [Fact]
    public async Task Start_AnotherServiceCannotBeBuiltEither_NamesTheWorkersAlone()
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Seen<int>>().AddScoped<NeedsInk>();
        builder.Services.AddStreamx<int>("orders").AddConsumer<NotingConsumer>().AddConsumer<InkUser>("bad").AddBatchConsumer<NotingBatches>().AddConsumer<InkUser>("worse");
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.Equal(["Consumer 'bad' ", "Consumer 'worse' "], error.Problems.Select(problem => problem[..problem.IndexOf("of stream", StringComparison.Ordinal)]).Order());
    }

    [Fact]
    public async Task Start_DependencyOfADependencyIsMissing_FailsNamingIt()
    {
        var builder = CreateBuilder();
        builder.Services.AddScoped<NeedsInk>();
        builder.Services.AddStreamx<int>("orders").AddConsumer<NeedsInkUser>("bad");
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.Equal(
            $"Consumer 'bad' of stream 'orders' cannot be built: Unable to resolve service for type '{typeof(Ink)}' while attempting to activate '{typeof(NeedsInk)}'.",
            Assert.Single(error.Problems));
    }

    [Fact]
    public async Task Start_DependencyHasAKey_RunsIfItIsRegisteredAndFailsIfNot()
    {
        var good = CreateBuilder();
        good.Services.AddKeyedSingleton("blue", new Ink());
        good.Services.AddStreamx<int>("orders", o => o.StopHostWhenCompleted = true).AddFeed(1).AddConsumer<BlueInkUser>();
        using var running = good.Build();
        var bad = CreateBuilder();
        bad.Services.AddKeyedSingleton("red", new Ink());
        bad.Services.AddStreamx<int>("orders").AddConsumer<BlueInkUser>();
        using var refused = bad.Build();

        running.AssertEndedWell(await running.RunToReportAsync());
        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => refused.StartAsync().WithinAsync());

        Assert.StartsWith("Consumer 'BlueInkUser' of stream 'orders' cannot be built:", Assert.Single(error.Problems), StringComparison.Ordinal);
    }

    /// <summary>As with a container other than Microsoft's, which may know more than the service collection.</summary>
    [Fact]
    public async Task Start_OnlyTheContainerKnowsTheDependency_Runs()
    {
        var builder = CreateBuilder();
        builder.ConfigureContainer(new InkFactory());
        builder.Services.AddSingleton<Seen<int>>();
        builder.Services.AddStreamx<int>("orders", o => o.StopHostWhenCompleted = true).AddFeed(3).AddConsumer<InkUser>();
        using var host = builder.Build();

        host.AssertEndedWell(await host.RunToReportAsync());
    }

    public static TheoryData<ConsumerKind, bool> Handlers => new()
    {
        { ConsumerKind.Handler, true },
        { ConsumerKind.Handler, false },
        { ConsumerKind.Batch, true },
        { ConsumerKind.Batch, false },
    };

    [Theory]
    [MemberData(nameof(Handlers))]
    public async Task Skip_CannotBeBuiltNow_FaultsAndSkipsNothing(ConsumerKind kind, bool scopePerValue)
    {
        var (host, report) = await RunAsync(kind, failures: 2, o => (o.ScopePerValue, o.OnFailure) = (scopePerValue, ConsumerFailure.Skip));

        host.AssertFaulted(report, "no connection");
        var consumer = report.Consumer("ink");
        Assert.Equal((0, 0), (consumer.Skipped, consumer.DeadLettered));
        report.AssertAddsUp();
    }

    [Theory]
    [MemberData(nameof(Handlers))]
    public async Task SkipWithRetries_CannotBeBuiltForAWhile_HandlesEveryValue(ConsumerKind kind, bool scopePerValue)
    {
        var (host, report) = await RunAsync(
            kind, failures: 2, o => (o.ScopePerValue, o.OnFailure, o.Retry) = (scopePerValue, ConsumerFailure.Skip, PolicyHost.AtOnce(2)));

        host.AssertEndedWell(report);
        Assert.Equal([1, 2, 3], host.Services.GetRequiredService<Seen<int>>()["ink"]);
    }

    [Theory]
    [MemberData(nameof(Handlers))]
    public async Task Restart_CannotBeBuiltForAWhile_HandlesEveryValue(ConsumerKind kind, bool scopePerValue)
    {
        var (host, report) = await RunAsync(
            kind, failures: 2, o => (o.ScopePerValue, o.OnFailure, o.Restart) = (scopePerValue, ConsumerFailure.Restart, PolicyHost.AtOnce(2)));

        host.AssertEndedWell(report);
        Assert.Equal([1, 2, 3], host.Services.GetRequiredService<Seen<int>>()["ink"]);
    }

    [Theory]
    [MemberData(nameof(Handlers))]
    public async Task Detach_CannotBeBuiltNow_LeavesAndSkipsNothing(ConsumerKind kind, bool scopePerValue)
    {
        var (host, report) = await RunAsync(kind, failures: 2, o => (o.ScopePerValue, o.OnFailure) = (scopePerValue, ConsumerFailure.Detach));

        host.AssertEndedWell(report);
        var consumer = report.Consumer("ink");
        Assert.Equal((0, 0, 0, 1), (consumer.Finished, consumer.Skipped, consumer.DeadLettered, consumer.Aborted));
        report.AssertAddsUp();
    }

    /// <summary>Three values, one after the other, for a consumer whose ink cannot be had for a number of times.</summary>
    private async Task<(IHost Host, ShutdownReport Report)> RunAsync(ConsumerKind kind, int failures, Action<ConsumerOptions> configure)
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Seen<int>>();
        builder.Services.AddScoped(_ => failures-- > 0 ? throw new TimeoutException("no connection") : new Ink());
        var stream = builder.Services.AddStreamx<int>("orders", o => o.StopHostWhenCompleted = true).AddFeed(3)
            .AddConsumer("healthy", (_, _) => default)
            .AddDeadLetterHandler<Letters>();
        if (kind == ConsumerKind.Handler) stream.AddConsumer<InkUser>("ink", configure);
        else stream.AddBatchConsumer<InkUser>("ink", configure);
        var host = builder.Build();
        return (host, await host.RunToReportAsync());
    }

    private static void AddBad(IServiceCollection services, string kind)
    {
        services.AddSingleton<Seen<int>>();
        services.AddStreamx<string>("out").AddConsumer("sink", (_, _) => default);
        var stream = services.AddStreamx<int>("orders").AddFeed(3).AddConsumer<NotingConsumer>("healthy");
        _ = kind switch
        {
            "Consumer" => stream.AddConsumer<InkUser>("bad", o => o.OnFailure = ConsumerFailure.Skip),
            "Batch" => stream.AddBatchConsumer<InkUser>("bad", o => o.OnFailure = ConsumerFailure.Skip),
            "Loop" => stream.AddStreamConsumer<InkUser>("bad", o => o.OnFailure = ConsumerFailure.Restart),
            "Processor" => stream.AddProcessor<string, InkUser>("bad", o => o.OnFailure = ConsumerFailure.Detach),
            "Producer" => stream.AddProducer<InkUser>("bad", o => o.OnFailure = ProducerFailure.Restart),
            _ => stream.AddDeadLetterHandler<InkUser>(),
        };
    }

    internal sealed class Ink;

    internal sealed class NeedsInk(Ink ink)
    {
        public Ink Ink => ink;
    }

    internal sealed class NeedsInkUser(NeedsInk needsInk) : IConsumer<int>
    {
        public ValueTask ConsumeAsync(int value, CancellationToken abortToken)
        {
            Assert.NotNull(needsInk.Ink);
            return default;
        }
    }

    internal sealed class BlueInkUser([FromKeyedServices("blue")] Ink ink) : IConsumer<int>
    {
        public ValueTask ConsumeAsync(int value, CancellationToken abortToken)
        {
            Assert.NotNull(ink);
            return default;
        }
    }

    /// <summary>Takes every letter: only the worker decides that there is none.</summary>
    internal sealed class Letters : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken) => default;
    }

    /// <summary>Knows ink, which the service collection does not.</summary>
    private sealed class InkFactory : IServiceProviderFactory<IServiceCollection>
    {
        public IServiceCollection CreateBuilder(IServiceCollection services) => services;

        public IServiceProvider CreateServiceProvider(IServiceCollection containerBuilder)
        {
            IServiceCollection all = new ServiceCollection();
            foreach (var service in containerBuilder) all.Add(service);
            return all.AddSingleton<Ink>().BuildServiceProvider();
        }
    }

    /// <summary>A worker of every kind that needs ink.</summary>
    internal sealed class InkUser(Ink ink, Seen<int> seen)
        : IConsumer<int>, IBatchConsumer<int>, IStreamConsumer<int>, IProcessor<int, string>, IProducer<int>, IDeadLetterHandler<int>
    {
        public ValueTask ConsumeAsync(int value, CancellationToken abortToken)
        {
            Assert.NotNull(ink);
            seen.Add("ink", value);
            return default;
        }

        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => ConsumeAsync(batch.Span[0], abortToken);

        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var value in stream) await ConsumeAsync(value, abortToken);
        }

        public Task ProcessAsync(int value, IStreamWriter<string> output, CancellationToken abortToken) => output.PutAsync("", abortToken).AsTask();

        public Task ProduceAsync(IStreamWriter<int> stream, CancellationToken stoppingToken) => Task.CompletedTask;

        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken) => default;
    }
}
