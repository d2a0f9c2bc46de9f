using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting;

/// <summary>Registers the producers and consumers of one stream.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <remarks>
/// <para>Each call registers one more worker, also of a type registered before. A worker's name is the name of its type unless
/// it is given one; names are unique in a stream, contain no <c>:</c> and compare without case. They are what logs and
/// telemetry show.</para>
/// <para>Worker types are resolved from the container, as scoped services unless they were registered otherwise.</para>
/// <para>For use by one thread, while services are registered. Inconsistent registrations stop the start of the host, with a
/// <see cref="StreamxConfigurationException"/>: a name used twice, a setting that a kind of worker does not have, no consumer at
/// all.</para>
/// </remarks>
public interface IStreamxBuilder<T>
{
    /// <summary>The stream's name.</summary>
    string Name { get; }

    /// <summary>The services the stream is registered with.</summary>
    IServiceCollection Services { get; }

    /// <summary>Registers a producer class.</summary>
    /// <typeparam name="TProducer">The class.</typeparam>
    /// <param name="name">The producer's name; null takes that of the class.</param>
    /// <param name="configure">Sets its options; configuration wins over it.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or contains a colon.</exception>
    IStreamxBuilder<T> AddProducer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProducer>(
        string? name = null, Action<ProducerOptions>? configure = null)
        where TProducer : class, IProducer<T>;

    /// <inheritdoc cref="AddProducer{TProducer}(string?, Action{ProducerOptions}?)"/>
    IStreamxBuilder<T> AddProducer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProducer>(
        Action<ProducerOptions> configure)
        where TProducer : class, IProducer<T>;

    /// <summary>Registers a producer delegate.</summary>
    /// <param name="name">The producer's name.</param>
    /// <param name="produce">Produces, as <see cref="IProducer{T}.ProduceAsync"/> does.</param>
    /// <param name="configure">Sets its options; configuration wins over it.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="name"/> is empty or contains a colon, or <paramref name="produce"/> is null.
    /// </exception>
    IStreamxBuilder<T> AddProducer(
        string name, Func<IStreamWriter<T>, CancellationToken, Task> produce, Action<ProducerOptions>? configure = null);

    /// <summary>Registers a consumer class that handles one value at a time.</summary>
    /// <typeparam name="TConsumer">The class.</typeparam>
    /// <param name="name">The consumer's name; null takes that of the class.</param>
    /// <param name="configure">Sets its options; configuration wins over it.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or contains a colon.</exception>
    IStreamxBuilder<T> AddConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        string? name = null, Action<ConsumerOptions>? configure = null)
        where TConsumer : class, IConsumer<T>;

    /// <inheritdoc cref="AddConsumer{TConsumer}(string?, Action{ConsumerOptions}?)"/>
    IStreamxBuilder<T> AddConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        Action<ConsumerOptions> configure)
        where TConsumer : class, IConsumer<T>;

    /// <summary>Registers a consumer delegate that handles one value at a time.</summary>
    /// <param name="name">The consumer's name.</param>
    /// <param name="consume">Handles a value, as <see cref="IConsumer{T}.ConsumeAsync"/> does.</param>
    /// <param name="configure">Sets its options; configuration wins over it. A delegate has no service scope.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="name"/> is empty or contains a colon, or <paramref name="consume"/> is null.
    /// </exception>
    IStreamxBuilder<T> AddConsumer(string name, Func<T, CancellationToken, ValueTask> consume, Action<ConsumerOptions>? configure = null);

    /// <summary>Registers a consumer class with a loop of its own.</summary>
    /// <typeparam name="TConsumer">The class.</typeparam>
    /// <param name="name">The consumer's name; null takes that of the class.</param>
    /// <param name="configure">Sets its options; configuration wins over it.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or contains a colon.</exception>
    IStreamxBuilder<T> AddStreamConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        string? name = null, Action<ConsumerOptions>? configure = null)
        where TConsumer : class, IStreamConsumer<T>;

    /// <inheritdoc cref="AddStreamConsumer{TConsumer}(string?, Action{ConsumerOptions}?)"/>
    IStreamxBuilder<T> AddStreamConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        Action<ConsumerOptions> configure)
        where TConsumer : class, IStreamConsumer<T>;

    /// <summary>Registers a consumer class that handles batches.</summary>
    /// <typeparam name="TConsumer">The class.</typeparam>
    /// <param name="name">The consumer's name; null takes that of the class.</param>
    /// <param name="configure">Sets its options; configuration wins over it.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or contains a colon.</exception>
    IStreamxBuilder<T> AddBatchConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        string? name = null, Action<BatchConsumerOptions>? configure = null)
        where TConsumer : class, IBatchConsumer<T>;

    /// <inheritdoc cref="AddBatchConsumer{TConsumer}(string?, Action{BatchConsumerOptions}?)"/>
    IStreamxBuilder<T> AddBatchConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        Action<BatchConsumerOptions> configure)
        where TConsumer : class, IBatchConsumer<T>;

    /// <summary>Registers a stage between this stream and another: a consumer of this one, which puts into that one.</summary>
    /// <typeparam name="TOut">
    /// The type of the values it puts; their stream is registered with <c>AddStreamx</c>, before or after.
    /// </typeparam>
    /// <typeparam name="TProcessor">The class.</typeparam>
    /// <param name="name">The processor's name; null takes that of the class.</param>
    /// <param name="configure">Sets its options; configuration wins over it.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or contains a colon.</exception>
    IStreamxBuilder<T> AddProcessor<TOut, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProcessor>(
        string? name = null, Action<ProcessorOptions>? configure = null)
        where TProcessor : class, IProcessor<T, TOut>;

    /// <inheritdoc cref="AddProcessor{TOut, TProcessor}(string?, Action{ProcessorOptions}?)"/>
    IStreamxBuilder<T> AddProcessor<TOut, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProcessor>(
        Action<ProcessorOptions> configure)
        where TProcessor : class, IProcessor<T, TOut>;

    /// <summary>
    /// Registers the class that takes the values which consumers with <see cref="ConsumerFailure.Skip"/> could not handle.
    /// </summary>
    /// <typeparam name="THandler">The class, resolved from the container; a scoped service unless it was registered otherwise.</typeparam>
    /// <returns>The builder.</returns>
    /// <remarks>A stream has one. To register the same again changes nothing; another stops the start.</remarks>
    IStreamxBuilder<T> AddDeadLetterHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, IDeadLetterHandler<T>;
}
