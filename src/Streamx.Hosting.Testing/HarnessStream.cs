using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting.Testing;

/// <summary>A registered stream in the hands of a test.</summary>
/// <typeparam name="T">The type of its values.</typeparam>
/// <remarks>All members may be called from any thread. Waits end after <see cref="StreamxHarness.WaitLimit"/> at the latest.</remarks>
public sealed class HarnessStream<T> : IHarnessStream
{
    private readonly StreamxHarness _harness;
    private readonly Dictionary<string, HarnessConsumer<T>> _consumers;
    private readonly Dictionary<string, HarnessProducer<T>> _producers;

    /// <summary>How long puts waited. Guarded by itself.</summary>
    private readonly List<PutWait> _waits = [];

    internal HarnessStream(StreamRegistration<T> registration, StreamxHarness harness)
    {
        Name = registration.Name;
        _harness = harness;
        _consumers = registration.ConsumerNames.Distinct(Names.Comparer).ToDictionary(
            name => name,
            name => new HarnessConsumer<T>(name, harness, () => Status.Consumers.First(consumer => consumer.Name == name)),
            Names.Comparer);
        _producers = registration.ProducerNames.Distinct(Names.Comparer).ToDictionary(
            name => name,
            name => new HarnessProducer<T>(name, harness, () => Status.Producers.First(producer => producer.Name == name)),
            Names.Comparer);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The stream and its workers at this moment.</summary>
    public StreamxStreamStatus Status => _harness.Control.GetStreams().First(stream => Names.Comparer.Equals(stream.Name, Name));

    /// <summary>The waits of all puts that have ended, in the order in which they ended.</summary>
    public IReadOnlyList<PutWait> Waits
    {
        get
        {
            lock (_waits) return [.. _waits];
        }
    }

    /// <summary>The consumer of a name.</summary>
    /// <param name="name">The name, or that of the type it was registered with.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public HarnessConsumer<T> Consumer(string name) =>
        _consumers.TryGetValue(name, out var consumer)
            ? consumer
            : throw new ArgumentException($"Stream '{Name}' has no consumer '{name}'. It has {ListOf(_consumers.Keys)}.", nameof(name));

    /// <summary>The consumer, or processor, that was registered by its type without a name.</summary>
    /// <typeparam name="TConsumer">The type.</typeparam>
    /// <exception cref="ArgumentException">There is none.</exception>
    public HarnessConsumer<T> Consumer<TConsumer>()
        where TConsumer : class => Consumer(typeof(TConsumer).Name);

    /// <summary>The producer of a name.</summary>
    /// <param name="name">The name, or that of the type it was registered with.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public HarnessProducer<T> Producer(string name) =>
        _producers.TryGetValue(name, out var producer)
            ? producer
            : throw new ArgumentException($"Stream '{Name}' has no producer '{name}'. It has {ListOf(_producers.Keys)}.", nameof(name));

    /// <summary>The producer that was registered by its type without a name.</summary>
    /// <typeparam name="TProducer">The type.</typeparam>
    /// <exception cref="ArgumentException">There is none.</exception>
    public HarnessProducer<T> Producer<TProducer>()
        where TProducer : class, IProducer<T> => Producer(typeof(TProducer).Name);

    /// <summary>Puts a value, as any injected writer does, and waits until the stream has accepted it.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="StreamClosedException">The stream has been closed.</exception>
    /// <exception cref="StreamFaultedException">The stream has faulted.</exception>
    /// <exception cref="TimeoutException">A consumer did not let it within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public Task PutAsync(T value)
    {
        var put = Writer.PutAsync(value).AsTask();
        _harness.Changes.Notify();
        return _harness.WithinLimitAsync(put, $"stream '{Name}' to accept {value}");
    }

    /// <summary>Waits until every consumer has finished what has been accepted.</summary>
    /// <exception cref="StreamFaultedException">The stream has faulted.</exception>
    /// <exception cref="TimeoutException">A consumer has not within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public async Task FlushAsync()
    {
        await _harness.WithinLimitAsync(Writer.FlushAsync().AsTask(), $"every consumer of stream '{Name}' to finish").ConfigureAwait(false);
        await _harness.CatchUpAsync().ConfigureAwait(false);
    }

    /// <summary>Puts a value and waits until every consumer has finished it: one step of the whole stream.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="StreamClosedException">The stream has been closed.</exception>
    /// <exception cref="StreamFaultedException">The stream has faulted.</exception>
    /// <exception cref="TimeoutException">A consumer did not finish within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public async Task StepAsync(T value)
    {
        await PutAsync(value).ConfigureAwait(false);
        await FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until a put waits for consumers, or for one alone.</summary>
    /// <param name="gatedBy">
    /// The consumer that has to be the only one it waits for; null for any. Other consumers may still be about to ask for the next
    /// value: time that passes before they have is a wait for them as well, and counts for the last.
    /// </param>
    /// <exception cref="ArgumentException">The stream has no such consumer.</exception>
    /// <exception cref="TimeoutException">None does within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public Task WaitForWaitingPutAsync(string? gatedBy = null)
    {
        var name = gatedBy is null ? null : Consumer(gatedBy).Name;
        return WaitUntilAsync(status => status.Stream.ValuesWaiting > 0
            && (name is null || status.Stream.Subscriptions.All(subscription => subscription.IsGating == (subscription.Name == name))));
    }

    /// <summary>Waits until a condition holds for the stream and its workers.</summary>
    /// <param name="condition">The condition. Called often, from any thread.</param>
    /// <exception cref="TimeoutException">It does not within <see cref="StreamxHarness.WaitLimit"/>.</exception>
    public Task WaitUntilAsync(Func<StreamxStreamStatus, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return _harness.WaitUntilAsync(() => condition(Status));
    }

    /// <summary>How long puts that have ended waited for a consumer, all together.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <exception cref="ArgumentException">The stream has no such consumer.</exception>
    public TimeSpan TimeWaitedFor(string consumer)
    {
        var name = Consumer(consumer).Name;
        return Waits.Where(wait => wait.GatedBy == name).Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait.Duration);
    }

    /// <inheritdoc/>
    void IHarnessStream.OnMeasured(string instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (instrument == StreamxInstruments.BackpressureWaitDuration)
        {
            var wait = new PutWait(
                InstrumentListener.Tag(tags, StreamxTags.ProducerName)!, TimeSpan.FromSeconds(value),
                InstrumentListener.Tag(tags, StreamxTags.GatedBy));
            lock (_waits) _waits.Add(wait);
        }
        else if (instrument == StreamxInstruments.ConsumerItems
            && _consumers.TryGetValue(InstrumentListener.Tag(tags, StreamxTags.ConsumerName)!, out var consumer))
        {
            consumer.OnSettled(InstrumentListener.Tag(tags, StreamxTags.ItemOutcome)!, (int)value);
        }
    }

    /// <summary>The worker of a name, consumer or producer.</summary>
    internal HarnessWorker Worker(string name) => _consumers.TryGetValue(name, out var consumer) ? consumer : Producer(name);

    /// <inheritdoc/>
    bool IHarnessStream.IsUpToDate => _consumers.Values.All(consumer => consumer.IsUpToDate);

    /// <inheritdoc/>
    void IHarnessStream.End()
    {
        foreach (var worker in _consumers.Values.Concat<HarnessWorker>(_producers.Values)) worker.Barrier.End();
    }

    private IStreamWriter<T> Writer => _harness.Services.GetRequiredKeyedService<IStreamWriter<T>>(Name);

    private static string ListOf(IReadOnlyCollection<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);
}
