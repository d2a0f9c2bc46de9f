namespace Streamx.TestUtilities.Backends;

/// <summary>A stream and its workers, wherever they run.</summary>
/// <param name="stream">The stream's name.</param>
/// <param name="producer">Where values are put.</param>
/// <param name="consumers">Where each consumer runs.</param>
internal sealed class Stage(string stream, Pod producer, IReadOnlyDictionary<string, Pod> consumers) : IAsyncDisposable
{
    public Pod Producer => producer;

    public IStreamWriter<int> Writer => producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(stream);

    private IEnumerable<Pod> Pods => consumers.Values.Prepend(producer).Distinct();

    public StreamxConsumerStatus Consumer(string name) => Assert.Single(consumers[name].Status.Consumers, consumer => consumer.Name == name);

    /// <summary>Waits until every process has stopped by itself, and gives what became of each consumer's values.</summary>
    public async Task<Dictionary<string, ConsumerShutdownReport>> EndAsync()
    {
        var reports = await Task.WhenAll(Pods.Select(pod => pod.EndAsync()));
        Assert.All(reports, report => Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome));
        return reports.SelectMany(report => Assert.Single(report.Streams).Consumers).ToDictionary(consumer => consumer.Name);
    }

    /// <summary>Stops every process, as an orchestrator does.</summary>
    public Task StopAsync() => Task.WhenAll(Pods.Select(pod => pod.StopAsync()));

    /// <summary>Waits until a put waits.</summary>
    public Task PutWaitsAsync() => Until.TrueAsync(() => producer.Status.Stream.ValuesWaiting > 0);

    /// <summary>Waits until it is known, where values are put, that a consumer has finished all of them.</summary>
    public Task HasFinishedAsync(string name) => Until.TrueAsync(() =>
        producer.Status.Remote is { } remote ? remote.Lags.TryGetValue(name, out var lag) && lag == 0 : Consumer(name).Subscription is { Lag: 0 });

    public async ValueTask DisposeAsync()
    {
        foreach (var pod in Pods) await pod.DisposeAsync();
    }
}
