using Microsoft.Extensions.Logging;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>A process whose values the broker has given to another, and that has not heard of it: it was stopped, or the network was cut.</summary>
public sealed class FenceTests(OneNode broker) : IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Process_AwayForAHeartbeat_BeginsNothingThatItStillHas(bool inBatches)
    {
        var (clock, taken, inHand, goOn) = (new LeapingClock(), new Taken(), new Signal(), new Signal());
        await using var away = await Pod.StartAsync(
            _stream,
            stream =>
            {
                stream.Services.AddSingleton<TimeProvider>(clock);
                stream.Services.AddSingleton(new Blocked(taken, inHand, goOn));
                if (inBatches) stream.AddBatchConsumer<Blocked>("a", o => o.MaxBatchSize = 1);
                else stream.AddConsumer<Blocked>("a");
            },
            Window);
        await using var producer = await ProduceAsync();
        await inHand.WaitAsync();

        clock.Leap(TimeSpan.FromSeconds(60));
        goOn.Set();

        // What it had was given back, so it comes as a repeat: to this process here, to another if there is one. Of a batch that ends
        // once the absence has been noticed, it is not known whether all of it was handled; it may end before.
        await taken.UntilAsync(values => values.Count > 1);
        Assert.Equal(1, taken.Values[0]);
        Assert.True(taken.Values[1] == -2 || (inBatches && taken.Values[1] == -1), $"{taken.Values[1]} came after 1.");
        Assert.Contains(away.Log(LogLevel.Warning), message => message.Contains("the broker did not answer in time: it may have given", StringComparison.Ordinal));
    }

    /// <summary>What a consumer does when it fails with its first value.</summary>
    public static TheoryData<string> Consumers => ["tries it again", "is started again", "tries a batch again", "is a loop that is started again"];

    [Theory]
    [MemberData(nameof(Consumers))]
    public async Task Process_AwayWhileItsConsumerFails_LeavesTheValueToTheNext(string what)
    {
        var (clock, taken, inHand, goOn) = (new LeapingClock(), new Taken(), new Signal(), new Signal());
        await using var away = await Pod.StartAsync(
            _stream,
            stream =>
            {
                stream.Services.AddSingleton<TimeProvider>(clock);
                stream.Services.AddSingleton(new FirstFails(taken, inHand, goOn));
                _ = what switch
                {
                    "tries it again" => stream.AddConsumer<FirstFails>("a", o => TryAgain(o.Retry)),
                    "is started again" => stream.AddConsumer<FirstFails>("a", o => RestartAgain(o)),
                    "tries a batch again" => stream.AddBatchConsumer<FirstFails>("a", o => TryAgain(o.Retry)),
                    _ => stream.AddStreamConsumer<FirstFails>("a", o => RestartAgain(o)),
                };
            },
            Window);
        await _stream.RegisteredAsync("a");
        var next = new Taken();
        await using var standby = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => next.Add(value)), Window);
        await using var producer = await ProduceAsync();
        await inHand.WaitAsync();

        clock.Leap(TimeSpan.FromSeconds(60));
        goOn.Set();

        await next.UntilAsync(200);
        Assert.Equal([1], taken.Values);
        Assert.Equal(1, next.Values[0]);
    }

    [Fact]
    public async Task Session_GivenUpByTheBrokerBehindACutNetwork_IsNotHeldOnceAnotherHasItsValues()
    {
        await using var proxy = new TcpProxy(broker.Uri) { HidesEnds = true };
        await using var away = await JoinAsync(proxy.Uri);
        await using var lead = await _stream.CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 3);
        Assert.Equal("1 v1", Show(await away.NextAsync()));
        await using var next = await JoinAsync(broker.Uri);

        // The broker gives the session up two to three heartbeats later, and the process still hears from the broker until then.
        proxy.Cut(Direction.ToServer);
        var again = await next.NextAsync();

        Assert.Equal((1, true), (again.Sequence, again.IsRedelivered));
        Assert.False(away.IsHeld);
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private async Task<IJoinSession> JoinAsync(Uri uri)
    {
        var options = new RabbitMqOptions { Uri = uri, Prefix = _stream.Options.Prefix, Heartbeat = TimeSpan.FromSeconds(1) };
        return await new RabbitMqTransport(_stream.Name, options, TimeProvider.System).JoinAsync("a", default).WithinAsync();
    }

    private static void Window(StreamxOptions options) => options.Window = 16;

    private static void TryAgain(RetryOptions options) => (options.MaxAttempts, options.Delay) = (3, TimeSpan.FromMilliseconds(1));

    private static void RestartAgain(ConsumerOptions options)
    {
        options.OnFailure = ConsumerFailure.Restart;
        TryAgain(options.Restart);
    }

    private async Task<Pod> ProduceAsync()
    {
        await _stream.RegisteredAsync("a");
        return await Pod.StartAsync(
            _stream,
            stream => stream.AddProducer("feed", async (puts, token) =>
            {
                for (var value = 1; ; value++) await puts.PutAsync(value, token);
            }),
            Window);
    }
}
