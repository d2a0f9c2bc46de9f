namespace Streamx.Hosting.Tests;

public abstract class RegistrationTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : RegistrationTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : RegistrationTests(RegistrationOrder.Reversed);

    [Fact]
    public void Workers_RegisteredTheOtherWayRound_AreWhatTheReversedOrderIs()
    {
        Action<IServiceCollection>[] registrations =
        [
            services => services.AddSingleton<IHostedService>(new HookService()),
            services => services.AddStreamx<int>("a").AddConsumer("one", (_, _) => default).AddConsumer("two", (_, _) => default),
            services => services.AddStreamx<string>("b").AddProducer("feed", (_, _) => Task.CompletedTask).AddProducer("other", (_, _) => Task.CompletedTask),
        ];
        var builder = CreateBuilder();
        foreach (var register in registrations) register(builder.Services);
        using var host = builder.Build();

        var streams = host.Services.GetRequiredService<IStreamxControl>().GetStreams();

        Assert.Equal(InOrder("a", "b"), streams.Select(stream => stream.Name));
        Assert.Equal(InOrder("one", "two"), streams.Single(stream => stream.Name == "a").Consumers.Select(consumer => consumer.Name));
        Assert.Equal(InOrder("feed", "other"), streams.Single(stream => stream.Name == "b").Producers.Select(producer => producer.Name));
        Assert.Equal(InOrder(typeof(HookService), typeof(StreamxCoordinator)), host.Services.GetServices<IHostedService>().Select(service => service.GetType()));
    }

    [Fact]
    public void AddStreamx_CalledTwice_IsOneStreamWithComposedOptions()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.Window = 4);
        builder.Services.AddStreamx<int>(o => o.Window += 1);

        using var host = builder.Build();

        Assert.Single(host.Services.GetServices<AsyncStream<int>>());
        Assert.Equal(5, host.Services.GetRequiredService<AsyncStream<int>>().Window);
    }

    [Fact]
    public void AddStreamx_Unnamed_IsNamedAfterTheType()
    {
        var builder = CreateBuilder();

        var streamx = builder.Services.AddStreamx<int>();

        using var host = builder.Build();
        Assert.Equal("Int32", streamx.Name);
        Assert.Same(builder.Services, streamx.Services);
        Assert.Equal("Int32", host.Services.GetRequiredService<AsyncStream<int>>().Name);
        Assert.Same(host.Services.GetRequiredService<AsyncStream<int>>(), host.Services.GetRequiredKeyedService<AsyncStream<int>>("Int32"));
    }

    [Fact]
    public void AddStreamx_SeveralNamed_ResolveByKey_WithoutOneTheErrorListsThem()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("eu", o => o.Window = 2);
        builder.Services.AddStreamx<int>("us", o => o.Window = 3);

        using var host = builder.Build();

        Assert.Equal(2, host.Services.GetRequiredKeyedService<AsyncStream<int>>("eu").Window);
        Assert.Equal(3, host.Services.GetRequiredKeyedService<AsyncStream<int>>("us").Window);
        var list = string.Join(", ", InOrder("'eu'", "'us'"));
        Assert.Contains(list, Assert.Throws<InvalidOperationException>(() => host.Services.GetService<AsyncStream<int>>()).Message, StringComparison.Ordinal);
        Assert.Contains(list, Assert.Throws<InvalidOperationException>(() => host.Services.GetService<IStreamWriter<int>>()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AddStreamx_OneNamedOrOneUnnamed_ResolvesWithoutAKey(bool withUnnamed)
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("eu", o => o.Window = 2);
        if (withUnnamed) builder.Services.AddStreamx<int>(o => o.Window = 3);

        using var host = builder.Build();

        var name = withUnnamed ? "Int32" : "eu";
        Assert.Same(host.Services.GetRequiredKeyedService<AsyncStream<int>>(name), host.Services.GetRequiredService<AsyncStream<int>>());
        Assert.Same(host.Services.GetRequiredKeyedService<IStreamWriter<int>>(name), host.Services.GetRequiredService<IStreamWriter<int>>());
    }

    [Fact]
    public void AddStreamx_NameInAnotherCase_IsTheSameStream()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("Orders");

        var again = builder.Services.AddStreamx<int>("ORDERS");

        using var host = builder.Build();
        Assert.Equal("Orders", again.Name);
        Assert.Same(host.Services.GetRequiredKeyedService<AsyncStream<int>>("Orders"), host.Services.GetRequiredKeyedService<AsyncStream<int>>("ORDERS"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a:b")]
    public void AddStreamx_BadName_Throws(string name)
    {
        var services = new ServiceCollection();

        Assert.Throws<ArgumentException>("name", () => services.AddStreamx<int>(name));
        Assert.Throws<ArgumentException>("name", () => services.AddStreamx<int>().AddConsumer(name, (_, _) => default));
        Assert.Throws<ArgumentException>("name", () => services.AddStreamx<int>().AddProducer(name, (_, _) => Task.CompletedTask));
        Assert.Throws<ArgumentException>("name", () => services.AddStreamx<int>().AddConsumer<NotingConsumer>(name));
    }

    [Fact]
    public async Task Container_Disposed_LeavesTheStreamToTheHost()
    {
        var provider = new ServiceCollection().AddStreamx<int>().Services.BuildServiceProvider();
        var stream = provider.GetRequiredService<AsyncStream<int>>();
        provider.GetRequiredService<IStreamWriter<int>>();

        await provider.DisposeAsync();

        Assert.Equal(StreamState.Open, stream.State);
    }

    [Fact]
    public void Container_DisposedSynchronously_LeavesTheStreamToTheHost()
    {
        AsyncStream<int> stream;
        using (var provider = new ServiceCollection().AddStreamx<int>().Services.BuildServiceProvider())
            stream = provider.GetRequiredService<AsyncStream<int>>();

        Assert.Equal(StreamState.Open, stream.State);
    }

    [Fact]
    public async Task HostedStream_DisposedByWhoeverGotItInjected_StaysOpen()
    {
        using var provider = new ServiceCollection().AddStreamx<int>().Services.BuildServiceProvider();
        var stream = provider.GetRequiredService<AsyncStream<int>>();

        await stream.DisposeAsync();

        Assert.Equal(StreamState.Open, stream.State);
    }

    [Fact]
    public async Task Workers_OfEveryKind_SeeEveryValueInOrder()
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Seen<int>>();
        builder.Services.AddStreamx<int>(o => { o.StopHostWhenCompleted = true; o.Window = 8; })
            .AddProducer<HundredProducer>()
            .AddConsumer<NotingConsumer>()
            .AddStreamConsumer<NotingLoop>()
            .AddBatchConsumer<NotingBatches>(o => o.MaxBatchSize = 3)
            .AddConsumer("delegate", (_, _) => default);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        var seen = host.Services.GetRequiredService<Seen<int>>();
        Assert.Equal(Enumerable.Range(1, 100), seen[nameof(NotingConsumer)]);
        Assert.Equal(Enumerable.Range(1, 100), seen[nameof(NotingLoop)]);
        Assert.Equal(Enumerable.Range(1, 100), seen[nameof(NotingBatches)]);
        Assert.All(report.Streams.Single().Consumers, consumer => Assert.Equal(100, consumer.Finished));
        Assert.Equal(InOrder("NotingConsumer", "NotingLoop", "NotingBatches", "delegate"), report.Streams.Single().Consumers.Select(consumer => consumer.Name));
    }

    [Fact]
    public async Task Workers_SameTypeTwiceUnderTwoNames_AreTwoConsumers()
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Seen<int>>();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true)
            .AddProducer<HundredProducer>()
            .AddConsumer<NotingConsumer>("first")
            .AddConsumer<NotingConsumer>("second");
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(200, host.Services.GetRequiredService<Seen<int>>()[nameof(NotingConsumer)].Count);
        Assert.Equal(100, report.Consumer("first").Finished);
        Assert.Equal(100, report.Consumer("second").Finished);
    }

    [Fact]
    public async Task Workers_SameClassInTwoStreams_ServesBoth()
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton<Seen<int>>();
        builder.Services.AddStreamx<int>("a", o => o.StopHostWhenCompleted = true).AddProducer<HundredProducer>().AddConsumer<NotingConsumer>();
        builder.Services.AddStreamx<int>("b", o => o.StopHostWhenCompleted = true).AddProducer<HundredProducer>().AddConsumer<NotingConsumer>();
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.All(report.Streams, stream => Assert.Equal(100, Assert.Single(stream.Consumers).Finished));
    }

    [Fact]
    public async Task LatestConsumer_WhileBusy_DoesNotGate()
    {
        var release = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true)
            .AddProducer<HundredProducer>()
            .AddConsumer("all", (value, _) =>
            {
                if (value == 100) release.Set();
                return default;
            })
            .AddConsumer("newest", async (_, _) => await release.WaitAsync(), o => o.Mode = SubscriptionMode.Latest);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        Assert.Equal(100, report.Consumer("all").Finished);
        Assert.InRange(report.Consumer("newest").Finished, 1, 3);
        Assert.Equal(TimeSpan.Zero, report.Consumer("newest").TimeWaitedFor);
    }
}
