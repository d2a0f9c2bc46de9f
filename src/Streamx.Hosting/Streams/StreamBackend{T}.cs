using System.Diagnostics;
using Streamx.Engine;

namespace Streamx.Hosting.Streams;

/// <summary>The carrier of a stream's values from its writers to its consumers.</summary>
/// <remarks>Safe from any thread.</remarks>
/// <typeparam name="T">The type of the values.</typeparam>
internal abstract class StreamBackend<T> : StreamBackend
{
    /// <summary>The stream, for application code.</summary>
    /// <exception cref="InvalidOperationException">Its values go between processes.</exception>
    internal abstract AsyncStream<T> InjectableStream { get; }

    /// <inheritdoc cref="IStreamWriter{T}.PutAsync"/>
    internal abstract ValueTask PutAsync(T value, PutObserver observer, CancellationToken cancellationToken);

    /// <inheritdoc cref="IStreamWriter{T}.TryPut"/>
    internal abstract bool TryPut(T value, PutObserver observer);

    /// <inheritdoc cref="IStreamWriter{T}.PutManyAsync"/>
    internal abstract ValueTask PutManyAsync(ReadOnlyMemory<T> values, PutObserver observer, CancellationToken cancellationToken);

    /// <inheritdoc cref="IStreamWriter{T}.FlushAsync"/>
    internal abstract ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>As the other one, for a run of a producer that is bound to a leader term. Called only where runs begin with one.</summary>
    /// <param name="value">The value.</param>
    /// <param name="term">The term.</param>
    /// <param name="bookmark">Stored with the value; null for none.</param>
    /// <param name="observer">Observes the put.</param>
    /// <param name="cancellationToken">Withdraws it.</param>
    internal virtual ValueTask PutAsync(
        T value, ProducerTerm term, string? bookmark, PutObserver observer, CancellationToken cancellationToken) =>
        throw new UnreachableException();

    /// <inheritdoc cref="PutAsync(T, ProducerTerm, string?, PutObserver, CancellationToken)"/>
    internal virtual ValueTask PutManyAsync(
        ReadOnlyMemory<T> values, ProducerTerm term, string? bookmark, PutObserver observer, CancellationToken cancellationToken) =>
        throw new UnreachableException();

    /// <inheritdoc cref="PutAsync(T, ProducerTerm, string?, PutObserver, CancellationToken)"/>
    internal virtual bool TryPut(T value, ProducerTerm term, PutObserver observer) => throw new UnreachableException();

    /// <summary>A consumer has been registered. Before anything runs.</summary>
    internal virtual void AddConsumer(ConsumerWorker<T> consumer)
    {
    }

    /// <summary>Subscribes consumers, in one step where values can commit between two.</summary>
    internal abstract ConsumerSubscription[] Subscribe(ReadOnlySpan<SubscriptionOptions> options);

    /// <summary>Creates the worker of a consumer that is called with each value that it may begin.</summary>
    /// <param name="setup">What every consumer needs.</param>
    /// <param name="createHandler">Creates what handles the values.</param>
    internal abstract ConsumerWorker<T> CreateWorker(ConsumerSetup<T> setup, Func<IHandler<T>> createHandler);

    /// <summary>Creates the worker of a consumer that is called with each batch that it may begin.</summary>
    /// <param name="setup">What every consumer needs.</param>
    /// <param name="options">The size of the batches.</param>
    /// <param name="createHandler">Creates what handles the batches.</param>
    internal abstract ConsumerWorker<T> CreateWorker(
        ConsumerSetup<T> setup, BatchConsumerOptions options, Func<IHandler<StreamBatch<T>>> createHandler);

    /// <summary>The values of a consumer with a loop of its own, without those that it must not begin.</summary>
    /// <param name="subscription">Its subscription, which nothing has read from.</param>
    internal abstract IAsyncEnumerable<T> ReadValues(ConsumerSubscription subscription);

    /// <summary>The same, for a loop that goes on with the value in hand when it is started again.</summary>
    /// <param name="subscription">Its subscription, which nothing has read from.</param>
    /// <param name="cancellationToken">Makes the subscription leave.</param>
    internal abstract LoopFeed<T> ReadAcrossRuns(ConsumerSubscription subscription, CancellationToken cancellationToken);

    /// <summary>How many values have been accepted for a consumer.</summary>
    internal abstract long AcceptedFor(string consumer);

    /// <summary>The stream now.</summary>
    /// <param name="consumers">The subscriptions of the registered consumers.</param>
    internal abstract StreamSnapshot GetSnapshot(IEnumerable<SubscriptionSnapshot> consumers);
}
