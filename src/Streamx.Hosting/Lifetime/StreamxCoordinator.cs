using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting;

/// <summary>Starts and ends every stream of a host, whatever the order in which services were registered.</summary>
/// <remarks>
/// <para>Start: consumers are subscribed before any hosted service starts, their loops start with the hosted services, producers
/// once all of those have started.</para>
/// <para>End: begins in <see cref="StoppingAsync"/>, before any hosted service is stopped, because a web server may use up the
/// whole shutdown timeout before this service's turn comes; <see cref="StopAsync"/> waits for the rest.</para>
/// </remarks>
internal sealed class StreamxCoordinator : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    /// <summary>What has been registered.</summary>
    private readonly StreamxRegistry _registry;

    /// <summary>The streams of this container.</summary>
    private readonly HostedStreams _hostedStreams;

    /// <summary>Where the report goes.</summary>
    private readonly StreamxShutdown _shutdown;

    /// <summary>Stops the host.</summary>
    private readonly IHostApplicationLifetime _lifetime;

    /// <summary>The host's shutdown timeout.</summary>
    private readonly TimeSpan _shutdownTimeout;

    /// <summary>The configuration, if there is one.</summary>
    private readonly IConfigurationSection? _configuration;

    /// <summary>The clock.</summary>
    private readonly TimeProvider _timeProvider;

    /// <summary>The log.</summary>
    private readonly ILogger _logger;

    /// <summary>Ends when the host has come to stopping this service, and so the ones that may hold an injected writer.</summary>
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Cancelled when the host will wait no longer.</summary>
    private readonly CancellationTokenSource _hurry = new();

    /// <summary>Guards <see cref="_ending"/>, <see cref="_streams"/> and <see cref="_watches"/>.</summary>
    private readonly Lock _gate = new();

    /// <summary>The streams, once they have been built and found to be in order.</summary>
    private IReadOnlyList<HostedStream> _streams = [];

    /// <summary>The shutdown, once it has begun.</summary>
    private Task? _ending;

    /// <summary>Watches for each stream's end.</summary>
    private Task _watches = Task.CompletedTask;

    /// <summary>How many streams that stop the host when completed have not completed.</summary>
    private int _awaited;

    public StreamxCoordinator(
        StreamxRegistry registry,
        HostedStreams hostedStreams,
        StreamxShutdown shutdown,
        IHostApplicationLifetime lifetime,
        IOptions<HostOptions> hostOptions,
        ILoggerFactory loggerFactory,
        IServiceProvider services)
    {
        _registry = registry;
        _hostedStreams = hostedStreams;
        _shutdown = shutdown;
        _lifetime = lifetime;
        _shutdownTimeout = hostOptions.Value.ShutdownTimeout;
        _configuration = StreamxConfiguration.Section(services, StreamxConfiguration.Root);
        _timeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System;
        _logger = loggerFactory.CreateLogger(Log.Category);
    }

    /// <summary>Checks what has been registered, and subscribes every consumer.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var streams = _hostedStreams.All();
        Topology.Check(_registry, streams, _configuration, _logger);
        lock (_gate) _streams = streams;
        _awaited = streams.Count(stream => stream.Options.StopHostWhenCompleted);
        foreach (var stream in streams)
        {
            Log.StreamStarting(_logger, stream.Name, stream.Options.Window, Names(stream.Producers), Names(stream.Consumers));
            stream.SubscribeConsumers();
        }

        return Task.CompletedTask;
    }

    /// <summary>Starts the consumers' loops, and to watch the streams.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_ending is not null) return Task.CompletedTask;
            foreach (var stream in _streams) stream.StartConsumers();
            _watches = Task.WhenAll(_streams.Select(WatchAsync));
        }

        return Task.CompletedTask;
    }

    /// <summary>Starts the producers.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_ending is not null) return Task.CompletedTask;
            foreach (var stream in _streams) stream.StartProducers();
        }

        return Task.CompletedTask;
    }

    /// <summary>Begins to end the streams, and does not wait.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _ = EndAsync();
        return Task.CompletedTask;
    }

    /// <summary>Waits until every stream has ended; aborts them when the host will wait no longer.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopRequested.TrySetResult();
        using var registration = cancellationToken.UnsafeRegister(static state => ((StreamxCoordinator)state!).Hurry(), this);
        await EndAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Aborts what a stop has not ended: the host was disposed without one, or its start failed.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>As <see cref="DisposeAsync"/>, without waiting for workers to return.</summary>
    public void Dispose()
    {
        Hurry();
        _ = EndAsync();
    }

    private void Hurry()
    {
        _stopRequested.TrySetResult();
        // On the pool, and never disposed: the last callbacks may still be on their way.
        _ = _hurry.CancelAsync();
    }

    private Task EndAsync()
    {
        lock (_gate) return _ending ??= Task.Run(EndStreamsAsync);
    }

    private async Task EndStreamsAsync()
    {
        var started = _timeProvider.GetTimestamp();
        IReadOnlyList<HostedStream> streams;
        lock (_gate) streams = _streams;
        var reports = await Task.WhenAll(streams.Select(EndAsync)).ConfigureAwait(false);
        await _watches.ConfigureAwait(false);
        if (Array.Exists(reports, report => report.Outcome == ShutdownOutcome.Aborted)) ExitCodes.Set(ExitCodes.AbortedDrain);
        _shutdown.Publish(new StreamxShutdownReport { Streams = reports, Elapsed = _timeProvider.GetElapsedTime(started) });
    }

    private Task<StreamShutdownReport> EndAsync(HostedStream stream)
    {
        var budget = DrainBudget.Divide(stream.Options, _shutdownTimeout, out var wasCapped);
        if (wasCapped) Log.DrainTimeoutTooLong(_logger, stream.Name, stream.Options.DrainTimeout!.Value, budget.Drain);
        return new StreamShutdown(stream, budget, _timeProvider, _logger).RunAsync(_stopRequested.Task, _hurry.Token);
    }

    /// <summary>Stops the host when a stream faults, at once, and when all that are to stop it have completed.</summary>
    private async Task WatchAsync(HostedStream stream)
    {
        await Task.WhenAny(stream.WhenFaulted, stream.Drained).ConfigureAwait(false);
        if (stream.WhenFaulted.IsCompleted)
        {
            var fault = await stream.WhenFaulted.ConfigureAwait(false);
            ExitCodes.Set(ExitCodes.Fault);
            Log.StoppingAfterFault(_logger, stream.Name, fault.Message, ExitCodes.Fault);
            _lifetime.StopApplication();
            return;
        }

        lock (_gate)
        {
            if (_ending is not null) return;
        }

        Log.StreamCompleted(_logger, stream.Name, stream.ValuesAccepted);
        if (!stream.Options.StopHostWhenCompleted || Interlocked.Decrement(ref _awaited) > 0) return;
        Log.StoppingAfterCompletion(_logger);
        _lifetime.StopApplication();
    }

    private static string Names(IReadOnlyList<Worker> workers) =>
        workers.Count == 0 ? "none" : string.Join(", ", workers.Select(worker => worker.Name));
}
