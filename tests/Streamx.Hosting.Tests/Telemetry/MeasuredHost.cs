using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>A host on a test's clock, whose metrics are listened to from the start.</summary>
internal sealed class MeasuredHost : IAsyncDisposable
{
    private readonly IHost _host;

    private MeasuredHost(IHost host, FakeTimeProvider time)
    {
        _host = host;
        Time = time;
        Metrics = new MetricsRecorder(host.Services);
    }

    public FakeTimeProvider Time { get; }

    public MetricsRecorder Metrics { get; }

    public IHost Host => _host;

    /// <summary>Builds and starts one.</summary>
    public static async Task<MeasuredHost> StartAsync(Action<IServiceCollection> register, FakeTimeProvider? time = null)
    {
        time ??= new FakeTimeProvider();
        var builder = TestHost.CreateBuilder(time);
        register(builder.Services);
        var measured = new MeasuredHost(builder.Build(), time);
        await measured._host.StartAsync().WithinAsync();
        return measured;
    }

    public void Advance(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Advances the clock in long steps until something has happened: whoever waits may not have set its timer yet.</summary>
    public async Task AdvanceUntilAsync(Func<bool> condition)
    {
        for (var steps = 0; !condition(); steps++)
        {
            Assert.InRange(steps, 0, 10_000);
            Time.Advance(TimeSpan.FromHours(6));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }
    }

    /// <summary>Waits until a number of puts wait and every consumer named holds a value.</summary>
    public Task UntilWaitingAsync(int puts, params string[] holding) => Until.TrueAsync(() =>
    {
        var status = _host.Status();
        return status.Stream.ValuesWaiting == puts
            && holding.All(name => status.Consumers.Single(consumer => consumer.Name == name).Subscription is { HoldsValue: true });
    });

    /// <summary>Waits until a consumer has finished a number of values, and has reported it.</summary>
    /// <remarks>
    /// A value is finished under the core's lock, and reported after it, with the time of then: a clock that is advanced in between would
    /// count as time in which the consumer has processed the value.
    /// </remarks>
    public async Task UntilFinishedAsync(string consumer, long count)
    {
        await _host.UntilConsumerAsync(consumer, status => status.ValuesFinished == count);
        await Until.TrueAsync(() => HasReported(consumer, count));
    }

    /// <summary>Whether a consumer has reported that it has finished a number of values.</summary>
    public bool HasReported(string consumer, long count) =>
        Metrics.Sum(StreamxInstruments.ConsumerItems, (StreamxTags.ConsumerName, consumer), (StreamxTags.ItemOutcome, ItemOutcome.Finished)) >= count;

    /// <summary>What a worker has spent its time on, by state.</summary>
    public Dictionary<string, double> TimesOf(string instrument, string nameTag, string stateTag, string name) =>
        Metrics.Observe(instrument, (nameTag, name)).ToDictionary(measurement => (string)measurement.Tag(stateTag)!, measurement => measurement.Value);

    public Dictionary<string, double> ProducerTimes(string name) => TimesOf(StreamxInstruments.ProducerTime, StreamxTags.ProducerName, StreamxTags.ProducerState, name);

    public Dictionary<string, double> ConsumerTimes(string name) => TimesOf(StreamxInstruments.ConsumerTime, StreamxTags.ConsumerName, StreamxTags.ConsumerState, name);

    /// <summary>Waits until the host's only stream has drained.</summary>
    public Task DrainedAsync() => _host.TheStream().WhenConsumersReturnedAsync().WithinAsync();

    /// <summary>Stops the host, and gives the report.</summary>
    public async Task<ShutdownReport> StopAsync()
    {
        await _host.StopAsync().WithinAsync();
        return await _host.ReportAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Metrics.Dispose();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
