using System.Diagnostics;

namespace Streamx.Hosting.Tests.Workers;

/// <summary>What a handler that is not <c>async</c> leaves behind in its caller, and which no later call may find.</summary>
public abstract class AmbientStateTests(RegistrationOrder order) : HostTests(order)
{
    private static readonly AsyncLocal<int> s_left = new();

    public sealed class AsWritten() : AmbientStateTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : AmbientStateTests(RegistrationOrder.Reversed);

    public static TheoryData<string, bool> Handlers => new()
    {
        { "Delegate", false },
        { "Consumer", false },
        { "Consumer", true },
        { "Batch", false },
        { "Batch", true },
        { "Processor", false },
        { "Processor", true },
    };

    [Theory]
    [MemberData(nameof(Handlers))]
    public async Task Value_HandlerBeforeLeftState_BeginsWithTheWorkersOwn(string kind, bool scopePerValue)
    {
        var found = await RunAsync(stream => Add(stream, kind, o => o.ScopePerValue = scopePerValue));

        Assert.Equal([Clean, Clean, Clean], found);
    }

    [Fact]
    public async Task Retry_FirstTryLeftState_BeginsWithTheWorkersOwn()
    {
        var found = await RunAsync(stream => Add(stream, "Delegate", o => o.Retry = PolicyHost.AtOnce(1)), failsFirst: true);

        Assert.Equal([Clean, Clean, Clean, Clean], found);
    }

    [Fact]
    public async Task Restart_FirstTryLeftState_BeginsWithTheWorkersOwn()
    {
        var found = await RunAsync(
            stream => Add(stream, "Consumer", o => (o.ScopePerValue, o.OnFailure, o.Restart) = (false, ConsumerFailure.Restart, PolicyHost.AtOnce(1))), failsFirst: true);

        Assert.Equal([Clean, Clean, Clean, Clean], found);
    }

    [Fact]
    public async Task DeadLetter_HandlerAndLetterBeforeLeftState_BeginsWithTheWorkersOwn()
    {
        var found = await RunAsync(stream => stream.AddDeadLetterHandler<Leaving>().AddConsumer(
            "failing",
            (_, _) =>
            {
                s_left.Value = 1;
                throw new InvalidOperationException("no ink");
            },
            o => o.OnFailure = ConsumerFailure.Skip));

        Assert.Equal([Clean, Clean, Clean], found);
    }

    private static string Clean => "0, no activity, flows";

    /// <summary>Three values, and what a handler found before it left something behind.</summary>
    private async Task<IEnumerable<string>> RunAsync(Action<IStreamxBuilder<int>> register, bool failsFirst = false)
    {
        var found = new Seen<string>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(found).AddSingleton(new Trouble { FailsNext = failsFirst });
        builder.Services.AddStreamx<string>("out").AddConsumer("sink", (_, _) => default);
        register(builder.Services.AddStreamx<int>("orders", o => o.StopHostWhenCompleted = true).AddFeed(3));
        using var host = builder.Build();
        await host.RunToReportAsync();
        return found["tested"];
    }

    private static void Add(IStreamxBuilder<int> stream, string kind, Action<ConsumerOptions> configure) => _ = kind switch
    {
        "Consumer" => stream.AddConsumer<Leaving>("tested", configure),
        "Batch" => stream.AddBatchConsumer<Leaving>("tested", configure),
        "Processor" => stream.AddProcessor<string, Leaving>("tested", configure),
        _ => AddDelegate(stream, configure),
    };

    private static IStreamxBuilder<int> AddDelegate(IStreamxBuilder<int> stream, Action<ConsumerOptions> configure)
    {
        var services = stream.Services;
        var leaving = new Leaving(
            (Seen<string>)services.First(service => service.ServiceType == typeof(Seen<string>)).ImplementationInstance!,
            (Trouble)services.First(service => service.ServiceType == typeof(Trouble)).ImplementationInstance!);
        return stream.AddConsumer("tested", leaving.ConsumeAsync, configure);
    }

    internal sealed class Trouble
    {
        public bool FailsNext { get; set; }
    }

    /// <summary>Notes what it finds, and leaves everything behind that a method can which is not async.</summary>
    internal sealed class Leaving(Seen<string> found, Trouble trouble) : IConsumer<int>, IBatchConsumer<int>, IProcessor<int, string>, IDeadLetterHandler<int>
    {
        public ValueTask ConsumeAsync(int value, CancellationToken abortToken)
        {
            found.Add("tested", $"{s_left.Value}, {Activity.Current?.OperationName ?? "no activity"}, {(ExecutionContext.IsFlowSuppressed() ? "suppressed" : "flows")}");
            s_left.Value = value;
            new Activity("left").Start();
            ExecutionContext.SuppressFlow();
            if (!trouble.FailsNext) return default;
            trouble.FailsNext = false;
            throw new InvalidOperationException("no ink");
        }

        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => ConsumeAsync(batch.Span[0], abortToken);

        public Task ProcessAsync(int value, IStreamWriter<string> output, CancellationToken abortToken) => ConsumeAsync(value, abortToken).AsTask();

        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken) => ConsumeAsync(letter.Value, abortToken);
    }
}
