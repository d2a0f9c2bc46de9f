using System.Threading.Tasks.Sources;

namespace Streamx.Hosting.Tests.Workers;

/// <summary>Values that are ready when the one before them is handled: each still has its own call, context and outcome.</summary>
public abstract class ReadyValuesTests(RegistrationOrder order) : HostTests(order)
{
    private const int Count = 8;

    private static readonly AsyncLocal<int> s_left = new();

    public sealed class AsWritten() : ReadyValuesTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : ReadyValuesTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task AmbientState_LeftByAHandler_IsGoneForTheNextValue()
    {
        var found = new Seen<int>();

        await RunAsync(value =>
        {
            found.Add("c", s_left.Value);
            s_left.Value = value;
            return default;
        });

        Assert.Equal(Enumerable.Repeat(0, Count - 1), found["c"]);
    }

    [Fact]
    public async Task Result_OfAnyKind_IsTakenOnce_AndAFailureIsRetried()
    {
        var tries = new Seen<int>();
        var sources = new Dictionary<int, Source> { [3] = new(null), [6] = new(new InvalidOperationException("no ink")) };

        var report = await RunAsync(
            value =>
            {
                tries.Add("c", value);
                if (tries["c"].Count(other => other == value) > 1) return default;
                return value switch
                {
                    3 or 6 => new ValueTask(sources[value], 0),
                    4 => throw new InvalidOperationException("no ink"),
                    5 => ValueTask.FromException(new InvalidOperationException("no ink")),
                    7 => LaterAsync(),
                    _ => default,
                };
            },
            o => o.Retry = PolicyHost.AtOnce(1));

        Assert.Equal([2, 3, 4, 4, 5, 5, 6, 6, 7, 8], tries["c"]);
        Assert.Equal([1, 1], sources.Values.Select(source => source.Taken));
        Assert.Equal(Count, report.Consumer("c").Finished);
    }

    [Fact]
    public async Task Tries_AfterAValueThatWasRetried_BeginAnew()
    {
        var tries = new Seen<int>();

        var report = await RunAsync(
            value =>
            {
                tries.Add("c", value);
                return value is 3 or 6 ? throw new InvalidOperationException("no ink") : default;
            },
            o => (o.Retry, o.OnFailure) = (PolicyHost.AtOnce(2), ConsumerFailure.Skip));

        Assert.Equal([2, 3, 3, 3, 4, 5, 6, 6, 6, 7, 8], tries["c"]);
        Assert.Equal((Count - 2, 2), (report.Consumer("c").Finished, report.Consumer("c").Skipped));
    }

    [Fact]
    public async Task Put_IntoTheOwnStream_IsRefusedForEachValue()
    {
        var refused = new Seen<bool>();

        await RunAsync((_, writer) =>
        {
            refused.Add("c", Record.Exception(() => writer.TryPut(0)) is InvalidOperationException);
            return default;
        });

        Assert.Equal(Enumerable.Repeat(true, Count - 1), refused["c"]);
    }

    /// <summary>The flush ends, on the consumer's thread, in the step from a value to one that is ready: there is none in hand.</summary>
    [Fact]
    public async Task Put_OfWorkThatAHandlerLeftRunning_IsAcceptedBetweenTwoValues()
    {
        var (entered, goOn, signal) = (NewSignal(), NewSignal(), new TaskCompletionSource());
        var outcome = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        IStreamWriter<int>? writer = null;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders", o => (o.Window, o.AllowSynchronousContinuations) = (16, true)).AddConsumer("c", async (value, _) =>
        {
            if (value != 1) return;
            var left = PutLaterAsync();
            entered.SetResult();
            Assert.False(left.IsCompleted);
            await goOn.Task;
        });
        using var host = builder.Build();
        writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("orders");
        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await entered.Task.WithinAsync();
        await writer.PutAsync(2).WithinAsync();
        var flushed = FlushAndSignalAsync();
        await writer.PutManyAsync(new[] { 3, 4, 5 }).WithinAsync();

        goOn.SetResult();

        Assert.Null(await outcome.Task.WithinAsync());
        await flushed.WithinAsync();
        await host.StopAsync().WithinAsync();
        Assert.Equal(6, (await host.ReportAsync()).Consumer("c").Finished);

        async Task PutLaterAsync()
        {
            await signal.Task.ConfigureAwait(false);
            outcome.SetResult(Record.Exception(() => writer!.TryPut(6)));
        }

        async Task FlushAndSignalAsync()
        {
            await writer!.FlushAsync().ConfigureAwait(false);
            signal.SetResult();
        }
    }

    private static async ValueTask LaterAsync() => await Task.Yield();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<ShutdownReport> RunAsync(Func<int, ValueTask> handle, Action<ConsumerOptions>? configure = null) =>
        RunAsync((value, _) => handle(value), configure);

    /// <summary>Holds the first value until all have been put, so that the others are ready when it is handled.</summary>
    private async Task<ShutdownReport> RunAsync(Func<int, IStreamWriter<int>, ValueTask> handle, Action<ConsumerOptions>? configure = null)
    {
        var allPut = NewSignal();
        IStreamWriter<int>? writer = null;
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("orders", o => o.Window = 2 * Count).AddConsumer(
            "c", (value, _) => value == 1 ? new ValueTask(allPut.Task) : handle(value, writer!), configure);
        using var host = builder.Build();
        writer = host.Services.GetRequiredKeyedService<IStreamWriter<int>>("orders");
        await host.StartAsync().WithinAsync();
        await writer.PutManyAsync(Enumerable.Range(1, Count).ToArray()).WithinAsync();
        allPut.SetResult();
        await writer.FlushAsync().WithinAsync();
        await host.StopAsync().WithinAsync();
        return await host.ReportAsync();
    }

    /// <summary>A result that is there at once, and may be taken once.</summary>
    private sealed class Source(Exception? error) : IValueTaskSource
    {
        public int Taken { get; private set; }

        public ValueTaskSourceStatus GetStatus(short token) => error is null ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Faulted;

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            throw new NotSupportedException("It is complete.");

        public void GetResult(short token)
        {
            Taken++;
            if (error is not null) throw error;
        }
    }
}
