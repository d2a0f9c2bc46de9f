using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>The services of a simulated host. To build a container takes longer than to simulate the host.</summary>
internal sealed class SimulatedServices : IServiceProvider, IServiceScopeFactory, IMeterFactory
{
    private readonly Dictionary<Type, Func<object>> _services = [];
    private Meter? _meter;
    private bool _isDisposed;

    /// <summary>Creates them.</summary>
    /// <param name="registered">The streams and their workers, and the options of both.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="lifetime">The life of the host.</param>
    internal SimulatedServices(IServiceCollection registered, TimeProvider clock, IHostApplicationLifetime lifetime)
    {
        var registry = StreamxRegistry.Find(registered)!;
        ILoggerFactory loggers = NullLoggerFactory.Instance;
        HostedStreams streams = new(registry, this);
        RunningStreams running = new();
        Add<IServiceScopeFactory>(this);
        Add(clock);
        Add(loggers);
        Add(running);
        Add(new StreamxMetrics(this, loggers));
        Add<IOptionsMonitor<StreamxOptions>>(new SimulatedOptions<StreamxOptions>(registered));
        Add<IOptionsMonitor<ProducerOptions>>(new SimulatedOptions<ProducerOptions>(registered));
        Add<IOptionsMonitor<ConsumerOptions>>(new SimulatedOptions<ConsumerOptions>(registered));
        Add<IOptionsMonitor<BatchConsumerOptions>>(new SimulatedOptions<BatchConsumerOptions>(registered));
        Control = new StreamxControl(streams, loggers);
        StreamxStart start = new(registry, streams, loggers, this);
        OptionsWrapper<HostOptions> hostOptions = new(new HostOptions());
        Coordinator = new StreamxCoordinator(start, streams, running, new ShutdownReportSource(), lifetime, hostOptions, loggers, this);
    }

    /// <summary>Starts and stops the host.</summary>
    internal StreamxCoordinator Coordinator { get; }

    /// <summary>Sees into it.</summary>
    internal IStreamxControl Control { get; }

    /// <summary>Adds a service that is created each time.</summary>
    internal void Add<T>(Func<T> create)
        where T : class => _services[typeof(T)] = create;

    /// <inheritdoc/>
    public object? GetService(Type serviceType)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _services.GetValueOrDefault(serviceType)?.Invoke();
    }

    /// <inheritdoc/>
    public IServiceScope CreateScope()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new Scope(this);
    }

    /// <inheritdoc/>
    public Meter Create(MeterOptions options) => _meter = new Meter(options);

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        Coordinator.Dispose();
        _meter?.Dispose();
    }

    private void Add<T>(T service)
        where T : class => Add(() => service);

    private sealed class Scope(IServiceProvider services) : IServiceScope
    {
        /// <inheritdoc/>
        public IServiceProvider ServiceProvider => services;

        /// <inheritdoc/>
        public void Dispose()
        {
            // The services of a scope own nothing.
        }
    }
}
