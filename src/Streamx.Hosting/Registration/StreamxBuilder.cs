using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Registration;

/// <inheritdoc/>
internal sealed class StreamxBuilder<T>(IServiceCollection services, StreamRegistration<T> registration) : IStreamxBuilder<T>
{
    /// <inheritdoc/>
    public string Name => registration.Name;

    /// <inheritdoc/>
    public IServiceCollection Services => services;

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddProducer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProducer>(
        string? name = null, Action<ProducerOptions>? configure = null)
        where TProducer : class, IProducer<T>
    {
        AddClass<TProducer>("Producer", NameOf<TProducer>(name));
        return AddProducer(
            NameOf<TProducer>(name),
            (stream, token, scope) => WorkerScope.Resolve<TProducer>(scope).ProduceAsync(stream, token),
            configure);
    }

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddProducer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProducer>(
        Action<ProducerOptions> configure)
        where TProducer : class, IProducer<T> => AddProducer<TProducer>(name: null, configure);

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddProducer(
        string name, Func<IStreamWriter<T>, CancellationToken, Task> produce, Action<ProducerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(produce);
        return AddProducer(Names.Check(name, nameof(name)), (stream, token, _) => produce(stream, token), configure);
    }

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        string? name = null, Action<ConsumerOptions>? configure = null)
        where TConsumer : class, IConsumer<T>
    {
        AddClass<TConsumer>("Consumer", NameOf<TConsumer>(name));
        return AddHandler(
            NameOf<TConsumer>(name),
            (setup, provider) => new ServiceHandler<TConsumer, T>(
                provider, setup.Options.ScopePerValue, static (consumer, value, token) => consumer.ConsumeAsync(value, token),
                setup.OnDisposeFailed),
            configure);
    }

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        Action<ConsumerOptions> configure)
        where TConsumer : class, IConsumer<T> => AddConsumer<TConsumer>(name: null, configure);

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddConsumer(
        string name, Func<T, CancellationToken, ValueTask> consume, Action<ConsumerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(consume);
        return AddHandler(Names.Check(name, nameof(name)), (_, _) => new DelegateHandler<T>(consume), configure);
    }

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddStreamConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        string? name = null, Action<ConsumerOptions>? configure = null)
        where TConsumer : class, IStreamConsumer<T>
    {
        AddClass<TConsumer>("Consumer", NameOf<TConsumer>(name));
        return AddConsumer<ConsumerOptions>(
            NameOf<TConsumer>(name),
            ConfigureConsumer,
            (setup, provider, _) => new LoopWorker<T>(setup, provider, static scope => WorkerScope.Resolve<TConsumer>(scope)),
            configure);
    }

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddStreamConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        Action<ConsumerOptions> configure)
        where TConsumer : class, IStreamConsumer<T> => AddStreamConsumer<TConsumer>(name: null, configure);

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddBatchConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        string? name = null, Action<BatchConsumerOptions>? configure = null)
        where TConsumer : class, IBatchConsumer<T>
    {
        AddClass<TConsumer>("Consumer", NameOf<TConsumer>(name));
        return AddConsumer<BatchConsumerOptions>(
            NameOf<TConsumer>(name),
            ConfigureConsumer,
            (setup, provider, options) => setup.Stream.Backend.CreateWorker(
                setup,
                options,
                () => new ServiceHandler<TConsumer, StreamBatch<T>>(
                    provider, options.ScopePerValue, static (consumer, batch, token) => consumer.ConsumeAsync(batch, token),
                    setup.OnDisposeFailed)),
            configure);
    }

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddBatchConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
        Action<BatchConsumerOptions> configure)
        where TConsumer : class, IBatchConsumer<T> => AddBatchConsumer<TConsumer>(name: null, configure);

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddProcessor<
        TOut, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProcessor>(
        string? name = null, Action<ProcessorOptions>? configure = null)
        where TProcessor : class, IProcessor<T, TOut>
    {
        AddClass<TProcessor>("Processor", NameOf<TProcessor>(name));
        return AddConsumer<ProcessorOptions>(
            NameOf<TProcessor>(name),
            ConfigureConsumer,
            (setup, provider, options) =>
            {
                var output = new OutputPort<TOut>(options.OutputStream);
                return setup.Stream.Backend.CreateWorker(setup with { Output = output }, () => new ServiceHandler<TProcessor, T>(
                    provider,
                    options.ScopePerValue,
                    (processor, value, token) => new ValueTask(
                        NullTask.Check(processor.ProcessAsync(value, output.Writer, token), "Processor", setup.Name, setup.Stream.Name)),
                    setup.OnDisposeFailed));
            },
            configure);
    }

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddProcessor<
        TOut, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProcessor>(
        Action<ProcessorOptions> configure)
        where TProcessor : class, IProcessor<T, TOut> => AddProcessor<TOut, TProcessor>(name: null, configure);

    /// <inheritdoc/>
    public IStreamxBuilder<T> AddDeadLetterHandler<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, IDeadLetterHandler<T>
    {
        AddClass<THandler>("Dead-letter handler", typeof(THandler).Name);
        registration.AddDeadLetterHandler<THandler>(static scope => WorkerScope.Resolve<THandler>(scope));
        return this;
    }

    /// <inheritdoc cref="StreamRegistration{T}.UseTransport"/>
    internal void UseTransport(string section, Func<IServiceProvider, TransportSetup<T>> create) =>
        registration.UseTransport(section, create);

    private StreamxBuilder<T> AddProducer(
        string name, Func<IStreamWriter<T>, CancellationToken, IServiceProvider, Task> produce, Action<ProducerOptions>? configure)
    {
        var options = services.AddOptions<ProducerOptions>(StreamxConfiguration.WorkerOptionsName(Name, name));
        if (configure is not null) options.Configure(configure);
        options.PostConfigure<IServiceProvider>(
            (current, provider) => StreamxConfiguration.Bind(provider, options.Name, current)).ValidateOnStart();
        registration.Producers.Add(new(name, (stream, provider) =>
        {
            var current = provider.GetRequiredService<IOptionsMonitor<ProducerOptions>>().Get(options.Name);
            return new ProducerWorker<T>(stream, name, provider, current, produce);
        }));
        return this;
    }

    private StreamxBuilder<T> AddHandler(
        string name, Func<ConsumerSetup<T>, IServiceProvider, IHandler<T>> handler, Action<ConsumerOptions>? configure) =>
        AddConsumer<ConsumerOptions>(
            name,
            ConfigureConsumer,
            (setup, provider, _) => setup.Stream.Backend.CreateWorker(setup, () => handler(setup, provider)),
            configure);

    private StreamxBuilder<T> AddConsumer<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>(
        string name,
        Action<OptionsBuilder<TOptions>> bind,
        Func<ConsumerSetup<T>, IServiceProvider, TOptions, ConsumerWorker<T>> build,
        Action<TOptions>? configure)
        where TOptions : ConsumerOptions
    {
        var options = services.AddOptions<TOptions>(StreamxConfiguration.WorkerOptionsName(Name, name));
        if (configure is not null) options.Configure(configure);
        bind(options);
        registration.Consumers.Add(new(name, (stream, provider) =>
        {
            var current = provider.GetRequiredService<IOptionsMonitor<TOptions>>().Get(options.Name);
            return build(new ConsumerSetup<T>(stream, name, current), provider, current);
        })
        {
            OptionsType = typeof(TOptions),
        });
        return this;
    }

    /// <summary>Configuration overrides code, and is checked at start.</summary>
    private static void ConfigureConsumer(OptionsBuilder<ConsumerOptions> options) =>
        options.PostConfigure<IServiceProvider>(
            (current, provider) => StreamxConfiguration.Bind(provider, options.Name, current)).ValidateOnStart();

    /// <inheritdoc cref="ConfigureConsumer(OptionsBuilder{ConsumerOptions})"/>
    private static void ConfigureConsumer(OptionsBuilder<BatchConsumerOptions> options) =>
        options.PostConfigure<IServiceProvider>(
            (current, provider) => StreamxConfiguration.Bind(provider, options.Name, current)).ValidateOnStart();

    /// <inheritdoc cref="ConfigureConsumer(OptionsBuilder{ConsumerOptions})"/>
    private static void ConfigureConsumer(OptionsBuilder<ProcessorOptions> options) =>
        options.PostConfigure<IServiceProvider>(
            (current, provider) => StreamxConfiguration.Bind(provider, options.Name, current)).ValidateOnStart();

    private static string NameOf<TWorker>(string? name) => name is null ? typeof(TWorker).Name : Names.Check(name, nameof(name));

    /// <summary>A worker of a class, which is built from the container; abstract ones are registered by the user.</summary>
    private void AddClass<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TWorker>(string role, string name)
        where TWorker : class
    {
        registration.Classes.Add(new WorkerClass(typeof(TWorker), role, name));
        if (!typeof(TWorker).IsAbstract) services.TryAddScoped<TWorker>();
    }
}
