namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>What went wrong in neighbouring projects once their consumers handled several values at once. Values of 10 n … 10 n + 9 have the key n.</summary>
public abstract class PitfallTests(RegistrationOrder order) : HostTests(order)
{
    private readonly HeldCalls _calls = new();

    public sealed class AsWritten() : PitfallTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : PitfallTests(RegistrationOrder.Reversed);

    /// <summary>wolverine#3706: an acknowledgement up to a value lost those before it that had not ended.</summary>
    [Fact]
    public async Task NewerValueEnds_OlderUnderWay_PositionStaysAtTheOlderOne()
    {
        using var host = await StartAsync([1, 2, 3], o => o.Concurrency = 3);
        await _calls.UntilInHandAsync(1, 2, 3);

        _calls.End(3);
        await _calls.UntilInHandAsync(1, 2);
        _calls.End(2);
        await Until.TrueAsync(() => Subscription(host).ValuesFinished == 2);
        var behindTheGap = Subscription(host);
        _calls.End(1);
        var report = await EndAsync(host);

        Assert.Equal((0, 1), (behindTheGap.Position, behindTheGap.Lag));
        Assert.Equal(3, report.Consumer("slots").Finished);
    }

    /// <summary>wolverine#3867: what has no key drew a random slot, and waited there although others were free.</summary>
    [Fact]
    public async Task ValuesWithoutKey_OneSlotBusy_TakeEveryFreeSlot()
    {
        using var host = await StartAsync([10, 1, 2, 3, 11], o => Partition(o, slots: 3, value => value < 10 ? null : value / 10));
        await _calls.UntilInHandAsync(1, 2, 10);

        _calls.End(1);
        await _calls.UntilInHandAsync(2, 3, 10);
        _calls.End(2);
        await _calls.UntilInHandAsync(3, 10);
        _calls.End(10);

        await _calls.UntilInHandAsync(3, 11);
        _calls.Open();
        await EndAsync(host);
    }

    /// <summary>wolverine#3867, for batches: those without a key are handed to every free slot.</summary>
    [Fact]
    public async Task BatchesWithoutKey_OneSlotBusy_TakeEveryFreeSlot()
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton(_calls);
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (6, true)).AddFeed(6).AddBatchConsumer<FirstOfBatch>("slots", o =>
        {
            (o.Concurrency, o.MaxBatchSize, o.MaxBatchWait) = (3, 2, TimeSpan.FromHours(1));
            o.PartitionBy((int _) => (string?)null);
        });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await _calls.UntilInHandAsync(1, 3, 5);

        _calls.Open();
        Assert.Equal(6, (await EndAsync(host)).Consumer("slots").Finished);
    }

    /// <summary>wolverine#3899: the values of one key waited in every slot, and nothing else went on.</summary>
    [Fact]
    public async Task HotKey_TakesOneSlotAndTheOthersGoOn()
    {
        using var host = await StartAsync([10, 11, 12, 13, 20, 30, 21], o => Partition(o, slots: 3));

        await _calls.UntilInHandAsync(10, 20, 30);
        _calls.End(30);
        await _calls.UntilInHandAsync(10, 20);
        await Until.TrueAsync(() => host.Status().Stream.ValuesPut == 7);
        var begun = _calls.Begun.Length;
        _calls.End(20);
        await _calls.UntilInHandAsync(10, 21);
        _calls.End(21);
        await _calls.UntilInHandAsync(10);
        _calls.End(10);
        await _calls.UntilInHandAsync(11);

        Assert.Equal(3, begun);
        _calls.Open();
        await EndAsync(host);
        Assert.Equal([10, 11, 12, 13], _calls.Begun.Where(value => value / 10 == 1));
    }

    /// <summary>wolverine#3476: the next value of a key was handled before the dead letter of the one before.</summary>
    [Fact]
    public async Task DeadLetter_UnderWay_NextValueOfTheKeyWaitsForIt()
    {
        var letters = new HeldCalls();
        using var host = await StartAsync([10, 20, 11, 21], o =>
        {
            Partition(o, slots: 2);
            (o.OnFailure, o.Retry) = (ConsumerFailure.Skip, PolicyHost.AtOnce(1));
        }, letters);
        await _calls.UntilInHandAsync(10, 20);

        _calls.Fail(10);
        await _calls.UntilBegunAsync(10, times: 2);
        _calls.Fail(10);
        await letters.UntilInHandAsync(10);
        _calls.End(20);
        await _calls.UntilInHandAsync(21);
        _calls.End(21);
        await _calls.UntilInHandAsync();
        var before = _calls.Begun;
        letters.End(10);
        await _calls.UntilInHandAsync(11);

        Assert.DoesNotContain(11, before);
        _calls.Open();
        var report = await EndAsync(host);
        report.AssertAddsUp();
        Assert.Equal((3, 1), (report.Consumer("slots").Finished, report.Consumer("slots").DeadLettered));
    }

    /// <summary>reactor-kafka#259: the position stuck for ever once values had ended out of order.</summary>
    [Theory]
    [InlineData(new[] { 4, 3, 2, 1 })]
    [InlineData(new[] { 2, 1, 4, 3 })]
    [InlineData(new[] { 3, 1, 4, 2 })]
    public async Task ValuesEndInAnyOrder_AllEnded_PositionIsBehindTheLast(int[] order)
    {
        using var host = await StartAsync([1, 2, 3, 4], o => o.Concurrency = 4, staysOpen: true);
        await _calls.UntilInHandAsync(1, 2, 3, 4);

        foreach (var value in order) _calls.End(value);

        await Until.TrueAsync(() => Subscription(host) is { Position: 4, Lag: 0, HoldsValue: false });
        await host.StopAsync().WithinAsync();
    }

    /// <summary>parallel-consumer#415, #832: a retry without end held the position while more and more was kept in memory.</summary>
    [Fact]
    public async Task RetryWithoutEnd_OthersGoOnUntilTheWindowIsFull_NoFurther()
    {
        var builder = CreateBuilder();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(300));
        builder.Services.AddStreamx<int>(o => o.Window = 6).AddFeed(20, staysOpen: true).AddConsumer(
            "slots",
            (value, _) => value == 1 ? throw new InvalidOperationException("poison") : default,
            o => (o.Concurrency, o.Retry) = (3, PolicyHost.Endless()));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await host.UntilAsync(status => status.Stream.ValuesWaiting > 0 && status.Consumers[0] is { ValuesFinished: 5, State: StreamxConsumerState.RetryWait });
        var position = Subscription(host).Position;
        var put = host.Status().Stream.ValuesPut;
        await host.StopAsync().WithinAsync();

        Assert.Equal((0, 6), (position, put));
        (await host.ReportAsync()).AssertAddsUp();
    }

    /// <summary>MassTransit#1721: values were reordered although no more than one at a time was allowed.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(4, true)]
    public async Task OneAtATime_ByLimitOrByKey_KeepsTheOrder(int slots, bool oneKey)
    {
        var (inHand, most) = (0, 0);
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (8, true)).AddFeed(300).AddConsumer(
            "slots",
            async (value, _) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref inHand));
                for (var i = 0; i < value * 7919 % 5; i++) await Task.Yield();
                seen.Add("slots", value);
                Interlocked.Decrement(ref inHand);
            },
            o =>
            {
                o.Concurrency = slots;
                if (oneKey) o.PartitionBy((int _) => "one");
            });
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal(1, most);
        Assert.Equal(Enumerable.Range(1, 300), seen["slots"]);
    }

    private static void Partition(ConsumerOptions options, int slots, Func<int, int?>? key = null)
    {
        options.Concurrency = slots;
        options.PartitionBy(key ?? (value => value / 10));
    }

    private async Task<IHost> StartAsync(int[] values, Action<ConsumerOptions> configure, HeldCalls? letters = null, bool staysOpen = false)
    {
        var builder = CreateBuilder();
        var streamx = builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (8, true));
        streamx.AddProducer("values", async (stream, token) =>
        {
            foreach (var value in values) await stream.PutAsync(value, token);
            if (staysOpen) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        });
        streamx.AddConsumer("slots", _calls.HandleAsync, configure);
        if (letters is not null)
        {
            builder.Services.AddSingleton(letters);
            streamx.AddDeadLetterHandler<HeldLetters>();
        }

        var host = builder.Build();
        await host.StartAsync().WithinAsync();
        return host;
    }

    private static SubscriptionSnapshot Subscription(IHost host) => host.Consumer("slots").Subscription!;

    private static async Task<ShutdownReport> EndAsync(IHost host)
    {
        await host.StopRequestedAsync();
        await host.StopAsync().WithinAsync();
        return await host.ReportAsync();
    }

    internal sealed class HeldLetters(HeldCalls letters) : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken) => letters.HandleAsync(letter.Value, abortToken);
    }

    internal sealed class FirstOfBatch(HeldCalls calls) : IBatchConsumer<int>
    {
        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => calls.HandleAsync(batch[0], abortToken);
    }
}
