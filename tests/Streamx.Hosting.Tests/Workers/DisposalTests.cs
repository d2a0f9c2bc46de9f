using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Streamx.Hosting.Tests.Workers;

/// <summary>Workers whose disposal fails, on its own or after they have failed.</summary>
public abstract class DisposalTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : DisposalTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : DisposalTests(RegistrationOrder.Reversed);

    public static TheoryData<string, bool> Workers => new()
    {
        { "Consumer", true },
        { "Consumer", false },
        { "Batch", true },
        { "Batch", false },
        { "Processor", true },
        { "Processor", false },
        { "Loop", true },
        { "Producer", true },
        { "DeadLetter", true },
    };

    [Theory]
    [MemberData(nameof(Workers))]
    public async Task WorkerFails_DisposalToo_TheErrorIsTheWorkers_AndTheOtherIsLogged(string kind, bool scopePerValue)
    {
        using var host = Build(stream => Add(stream, kind, o => o.ScopePerValue = scopePerValue));

        var report = await host.RunToReportAsync();

        Assert.Equal(ShutdownOutcome.Faulted, report.Streams.Single(stream => stream.Name == "orders").Outcome);
        // Not the stream's own fault: a loop that fails leaves at once, and its stream may have drained before its scope is disposed of.
        var failure = await HostedStreams.Of(host.Services).All().Single(stream => stream.Name == "orders").WhenFailed.WithinAsync();
        Assert.Equal("no ink", failure.Message);
        AssertDisposalIsLogged(host);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task HandlerFails_DisposalToo_TheLetterHasTheHandlersError(bool isBatch)
    {
        var letters = new List<string>();
        using var host = Build(stream =>
        {
            stream.Services.AddSingleton(letters);
            stream.AddDeadLetterHandler<Letters>();
            if (isBatch) stream.AddBatchConsumer<Jammed>("tested", o => o.OnFailure = ConsumerFailure.Skip);
            else stream.AddConsumer<Jammed>("tested", o => o.OnFailure = ConsumerFailure.Skip);
        });

        var report = await host.RunToReportAsync();

        Assert.Equal(["no ink", "no ink"], letters);
        Assert.Equal(2, report.Consumer("tested").DeadLettered);
        AssertDisposalIsLogged(host);
    }

    [Fact]
    public async Task OnlyTheDisposalFails_IsAFailureOfTheValue()
    {
        var letters = new List<string>();
        using var host = Build(
            stream =>
            {
                stream.Services.AddSingleton(letters);
                stream.AddDeadLetterHandler<Letters>().AddConsumer<Jammed>("tested", o => o.OnFailure = ConsumerFailure.Skip);
            },
            new Jam { IsOnlyAtDisposal = true });

        await host.RunToReportAsync();

        Assert.Equal(["jammed", "jammed"], letters);
    }

    [Fact]
    public async Task ProducerIsStopped_DisposalFails_IsNoFailureOfTheStream()
    {
        var builder = CreateBuilder();
        var waits = new Signal();
        builder.Services.AddSingleton(new Jam { Waits = waits });
        builder.Services.AddStreamx<int>("orders").AddConsumer("any", (_, _) => default).AddProducer<Jammed>();
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await waits.WaitAsync();

        await host.StopAsync().WithinAsync();

        host.AssertEndedWell(await host.ReportAsync());
        AssertDisposalIsLogged(host);
    }

    [Fact]
    public async Task Attach_DisposalHasFailedAtTheDetach_GetsANewInstance()
    {
        var builder = CreateBuilder();
        var instances = new Seen<Numbered>();
        builder.Services.AddSingleton(instances);
        builder.Services.AddStreamx<int>("orders").AddConsumer("other", (_, _) => default).AddConsumer<Numbered>("tested", o => o.ScopePerValue = false);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        var writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("orders");
        await writer.PutAsync(1).AsTask().WithinAsync();
        await writer.FlushAsync().AsTask().WithinAsync();
        var control = host.Services.GetRequiredService<IStreamxControl>();

        Assert.True(control.DetachConsumer("orders", "tested"));
        await host.TheStream().FindConsumer("tested")!.Run.WithinAsync();
        Assert.True(control.AttachConsumer("orders", "tested"));
        await writer.PutAsync(2).AsTask().WithinAsync();
        await writer.FlushAsync().AsTask().WithinAsync();
        await host.StopAsync().WithinAsync();

        var used = instances["tested"].ToList();
        Assert.Equal(2, used.Count);
        Assert.NotSame(used[0], used[1]);
    }

    private IHost Build(Action<IStreamxBuilder<int>> register, Jam? jam = null)
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<string>("out").AddConsumer("sink", (_, _) => default);
        var stream = builder.Services.AddStreamx<int>("orders", o => o.StopHostWhenCompleted = true).AddFeed(2).AddConsumer("healthy", (_, _) => default);
        builder.Services.AddSingleton(jam ?? new Jam());
        register(stream);
        return builder.Build();
    }

    private static void Add(IStreamxBuilder<int> stream, string kind, Action<ConsumerOptions> configure) => _ = kind switch
    {
        "Consumer" => stream.AddConsumer<Jammed>("tested", configure),
        "Batch" => stream.AddBatchConsumer<Jammed>("tested", configure),
        "Processor" => stream.AddProcessor<string, Jammed>("tested", configure),
        "Loop" => stream.AddStreamConsumer<Jammed>("tested"),
        "Producer" => stream.AddProducer<Jammed>("tested"),
        _ => stream.AddDeadLetterHandler<Jammed>()
            .AddConsumer("failing", (_, _) => throw new InvalidOperationException("no paper"), o => o.OnFailure = ConsumerFailure.Skip),
    };

    private static void AssertDisposalIsLogged(IHost host) => Assert.Contains(
        host.Services.GetRequiredService<FakeLogCollector>().GetSnapshot(),
        record => record is { Level: LogLevel.Warning, Id.Id: 27, Exception.Message: "jammed" });

    internal sealed class Jam
    {
        public bool IsOnlyAtDisposal { get; init; }

        public Signal? Waits { get; init; }
    }

    internal sealed class Letters(List<string> letters) : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken)
        {
            letters.Add(letter.Exception.Message);
            return default;
        }
    }

    /// <summary>A worker of every kind that fails, and so does its disposal.</summary>
    internal sealed class Jammed(Jam jam)
        : IConsumer<int>, IBatchConsumer<int>, IStreamConsumer<int>, IProcessor<int, string>, IProducer<int>, IDeadLetterHandler<int>, IAsyncDisposable
    {
        public ValueTask ConsumeAsync(int value, CancellationToken abortToken) => Fail();

        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => Fail();

        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var _ in stream) await Fail();
        }

        public Task ProcessAsync(int value, IStreamWriter<string> output, CancellationToken abortToken) => Fail().AsTask();

        public async Task ProduceAsync(IStreamWriter<int> stream, CancellationToken stoppingToken)
        {
            jam.Waits?.Set();
            if (jam.Waits is not null) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stoppingToken);
            await Fail();
        }

        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken) => Fail();

        public ValueTask DisposeAsync() => throw new InvalidOperationException("jammed");

        private ValueTask Fail() => jam.IsOnlyAtDisposal ? default : throw new InvalidOperationException("no ink");
    }

    internal sealed class Numbered(Seen<Numbered> seen) : IConsumer<int>, IAsyncDisposable
    {
        private bool _isDisposed;

        public ValueTask ConsumeAsync(int value, CancellationToken abortToken)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            seen.Add("tested", this);
            return default;
        }

        public ValueTask DisposeAsync()
        {
            _isDisposed = true;
            throw new InvalidOperationException("jammed");
        }
    }
}
