namespace Streamx.Hosting.Testing;

/// <inheritdoc/>
internal sealed class StreamProbe<T>(StreamxHarness harness) : IStreamProbe<T>
{
    /// <inheritdoc/>
    public TimeProvider Watch(string stream, string worker, TimeProvider clock) =>
        new WorkerClock(clock, harness.Stream<T>(stream).Worker(worker));

    /// <inheritdoc/>
    public IStreamWriter<T> Watch(string stream, string producer, IStreamWriter<T> writer) =>
        new WatchedWriter<T>(harness.Stream<T>(stream).Producer(producer), writer);

    /// <inheritdoc/>
    public IHandler<TItem> Watch<TItem>(string stream, string consumer, IHandler<TItem> handler, Func<TItem, IReadOnlyList<T>> valuesOf) =>
        new WatchedHandler<T, TItem>(harness.Stream<T>(stream).Consumer(consumer), handler, valuesOf);

    /// <inheritdoc/>
    public IAsyncEnumerable<T> Watch(string stream, string consumer, IAsyncEnumerable<T> values) =>
        new WatchedValues<T>(harness.Stream<T>(stream).Consumer(consumer), values);
}
