using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Lifetime;

/// <summary>Starts and ends every stream of a host, whatever the order in which services were registered.</summary>
/// <remarks>
/// <para>Start: consumers are subscribed and run before any hosted service starts, called by <see cref="StreamxStartupValidator"/>;
/// producers run once all of those have started.</para>
/// <para>End: begins in <see cref="StoppingAsync"/>, which the host awaits before it stops any service, the web server included.
/// Streams that application code may still put into close in <see cref="StoppedAsync"/>, when no service runs any more.</para>
/// </remarks>
internal sealed class StreamxCoordinator : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    /// <summary>Checks the registrations.</summary>
    private readonly StreamxStart _start;

    /// <summary>The streams of this container.</summary>
    private readonly HostedStreams _hostedStreams;

    /// <summary>Shows the progress of the host to health checks and pages.</summary>
    private readonly RunningStreams _running;

    /// <summary>Receives the report.</summary>
    private readonly ShutdownReportSource _shutdown;

    /// <summary>Stops the host.</summary>
    private readonly IHostApplicationLifetime _lifetime;

    /// <summary>The host's shutdown timeout.</summary>
    private readonly TimeSpan _shutdownTimeout;

    /// <summary>The clock.</summary>
    private readonly TimeProvider _timeProvider;

    /// <summary>The log.</summary>
    private readonly ILogger _logger;

    /// <summary>Ends when the host has stopped its services: application code puts no more.</summary>
    private readonly TaskCompletionSource _servicesStopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when there is nothing more to do before the host stops its services.</summary>
    private readonly TaskCompletionSource _resting = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when every stream has ended, and with it the watching for failures.</summary>
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Cancelled when the host will wait no longer.</summary>
    private readonly CancellationTokenSource _abortNow = new();

    /// <summary>Guards <see cref="_ending"/>, <see cref="_streams"/> and <see cref="_watch"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The streams, once their consumers have been started; null before.</summary>
    private IReadOnlyList<HostedStream>? _streams;

    /// <summary>Watches the streams.</summary>
    private Task _watch = Task.CompletedTask;

    /// <summary>The shutdown, once it has begun.</summary>
    private Task? _ending;

    public StreamxCoordinator(
        StreamxStart start,
        HostedStreams hostedStreams,
        RunningStreams running,
        ShutdownReportSource shutdown,
        IHostApplicationLifetime lifetime,
        IOptions<HostOptions> hostOptions,
        ILoggerFactory loggerFactory,
        IServiceProvider services)
    {
        _start = start;
        _hostedStreams = hostedStreams;
        _running = running;
        _shutdown = shutdown;
        _lifetime = lifetime;
        _shutdownTimeout = hostOptions.Value.ShutdownTimeout;
        _timeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System;
        _logger = SafeLogger.Create(loggerFactory, Log.Category);
        start.Coordinator = this;
    }

    /// <summary>Subscribes every consumer and starts its loop, once.</summary>
    /// <exception cref="StreamxConfigurationException">The registrations cannot work.</exception>
    internal void StartConsumers()
    {
        lock (_lock)
        {
            if (_streams is not null || _ending is not null) return;
        }

        var streams = _start.Check();
        foreach (var stream in streams)
            Log.StreamStarting(_logger, stream.Name, stream.Options.Window, ListOf(stream.Producers), ListOf(stream.Consumers));
        lock (_lock)
        {
            if (_ending is not null) return;
            // All of them before the first loop runs: a consumer may put into another stream at once.
            foreach (var stream in streams) stream.SubscribeConsumers();
            foreach (var stream in streams) stream.StartConsumers();
            _streams = streams;
            _watch = new StreamWatch(streams, _lifetime, () => _running.IsEnding, _logger).RunAsync(_ended.Task);
        }

        _running.OnSubscribed(streams);
    }

    /// <summary>Starts the consumers if no validator did: in a host that validates nothing, or has a validator of its own.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        StartConsumers();
        return Task.CompletedTask;
    }

    /// <inheritdoc cref="StartingAsync"/>
    public Task StartAsync(CancellationToken cancellationToken) => StartingAsync(cancellationToken);

    /// <summary>Starts the producers.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_ending is not null) return Task.CompletedTask;
            foreach (var stream in _streams ?? [])
            {
                stream.OnHostStarted();
                stream.Telemetry.Seed();
                stream.StartProducers();
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>
    /// Ends the streams that application code has not put into, and waits until it has ceased to put into the others, or has had time to.
    /// </summary>
    /// <exception cref="InvalidOperationException">A worker awaits the stop: both would wait for each other until the abort.</exception>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        DrainFromInside.CheckStop(_streams ?? []);
        using var registration = AbortOn(cancellationToken);
        // The shutdown reports its failure itself.
        _ = EndAsync();
        await _resting.Task.ConfigureAwait(false);
    }

    /// <summary>Does nothing: services that stop after this one may still put.</summary>
    /// <remarks>In a host that knows only this step of a stop, it ends everything.</remarks>
    public Task StopAsync(CancellationToken cancellationToken) => _running.IsEnding ? Task.CompletedTask : StoppedAsync(cancellationToken);

    /// <summary>Ends the streams that are still open, and waits for them; aborts them when the host will wait no longer.</summary>
    /// <remarks>Nothing when a worker awaits the stop, which <see cref="StoppingAsync"/> has refused.</remarks>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (DrainFromInside.IsInside(_streams ?? [])) return;
        using var registration = AbortOn(cancellationToken);
        _servicesStopped.TrySetResult();
        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>Aborts the streams that no stop has ended: the host was disposed without a stop, or its start failed.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>As <see cref="DisposeAsync"/>, without waiting for workers to return.</summary>
    public void Dispose()
    {
        AbortNow();
        _ = EndAsync();
    }

    private CancellationTokenRegistration AbortOn(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static state => ((StreamxCoordinator)state!).AbortNow(), this);

    private void AbortNow()
    {
        _servicesStopped.TrySetResult();
        // On the pool, and never disposed: the last callbacks may still be on their way.
        _ = _abortNow.CancelAsync();
    }

    private Task EndAsync()
    {
        _running.OnEnding();
        lock (_lock) return _ending ??= Task.Run(() => _streams is null ? EndUnstartedAsync() : EndStreamsAsync(_streams));
    }

    /// <summary>Ends streams that were never started: the start failed, or there was none. There is nothing to report.</summary>
    private async Task EndUnstartedAsync()
    {
        foreach (var stream in _hostedStreams.Built()) await stream.AbortAsync().ConfigureAwait(false);
        _resting.TrySetResult();
        _shutdown.Fail(new InvalidOperationException("The host has not started its streams, so there is nothing to report."));
    }

    private async Task EndStreamsAsync(IReadOnlyList<HostedStream> streams)
    {
        var started = _timeProvider.GetTimestamp();
        try
        {
            var endings = new ShutdownOrder(streams, _shutdownTimeout, _timeProvider, _logger);
            var reports = await endings.RunAsync(_resting.SetResult, _servicesStopped.Task, _abortNow.Token).ConfigureAwait(false);
            _ended.TrySetResult();
            await _watch.ConfigureAwait(false);
            // The watch has seen failures of workers that came after the report of their stream: report and exit code agree.
            for (var i = 0; i < reports.Length; i++)
            {
                if (streams[i].HasFailed) reports[i] = reports[i] with { Outcome = ShutdownOutcome.Faulted };
            }

            if (Array.Exists(reports, report => report.Outcome == ShutdownOutcome.Faulted)) ExitCodes.Set(ExitCodes.Fault);
            if (Array.Exists(reports, report => report.Outcome == ShutdownOutcome.Aborted)) ExitCodes.Set(ExitCodes.AbortedDrain);
            _shutdown.Publish(new ShutdownReport { Streams = reports, Elapsed = _timeProvider.GetElapsedTime(started) });
        }
        catch (Exception error)
        {
            _resting.TrySetResult();
            ExitCodes.Set(ExitCodes.AbortedDrain);
            _ended.TrySetResult();
            _shutdown.Fail(error);
            throw;
        }
    }

    private static string ListOf(IReadOnlyList<Worker> workers) =>
        workers.Count == 0 ? "none" : string.Join(", ", workers.Select(worker => worker.Name));
}
