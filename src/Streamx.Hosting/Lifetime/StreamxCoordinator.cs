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

    /// <summary>Where those who look on see how far the host has come.</summary>
    private readonly RunningStreams _running;

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
    private readonly CancellationTokenSource _abortNow = new();

    /// <summary>Guards <see cref="_ending"/>, <see cref="_streams"/> and <see cref="_watches"/>.</summary>
    private readonly Lock _gate = new();

    /// <summary>The streams, once they have been built and found to be in order.</summary>
    private IReadOnlyList<HostedStream> _streams = [];

    /// <summary>The shutdown, once it has begun.</summary>
    private Task? _ending;

    /// <summary>Watches for each stream's end.</summary>
    private Task _watches = Task.CompletedTask;

    /// <summary>Ends when every stream has ended, and with it the watching for failures.</summary>
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the consumers' loops have been started.</summary>
    private bool _consumersStarted;

    /// <summary>How many streams that stop the host when completed have not completed.</summary>
    private int _awaited;

    public StreamxCoordinator(
        StreamxRegistry registry,
        HostedStreams hostedStreams,
        RunningStreams running,
        StreamxShutdown shutdown,
        IHostApplicationLifetime lifetime,
        IOptions<HostOptions> hostOptions,
        ILoggerFactory loggerFactory,
        IServiceProvider services)
    {
        _registry = registry;
        _hostedStreams = hostedStreams;
        _running = running;
        _shutdown = shutdown;
        _lifetime = lifetime;
        _shutdownTimeout = hostOptions.Value.ShutdownTimeout;
        _configuration = StreamxConfiguration.Section(services, StreamxConfiguration.Root);
        _timeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System;
        _logger = SafeLogger.Create(loggerFactory, Log.Category);
    }

    /// <summary>Checks what has been registered, and subscribes every consumer.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var streams = _hostedStreams.All();
        lock (_gate) _streams = streams;
        Topology.Check(_registry, streams, _configuration, _logger, _hostedStreams.Services);
        _awaited = streams.Count(stream => stream.Options.StopHostWhenCompleted);
        foreach (var stream in streams)
        {
            Log.StreamStarting(_logger, stream.Name, stream.Options.Window, ListOf(stream.Producers), ListOf(stream.Consumers));
            stream.SubscribeConsumers();
        }

        _running.OnSubscribed(streams);
        return Task.CompletedTask;
    }

    /// <summary>Starts the consumers' loops, and to watch the streams.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            StartConsumersLocked();
        }

        return Task.CompletedTask;
    }

    /// <summary>Starts the producers.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_ending is not null) return Task.CompletedTask;
            foreach (var stream in _streams)
            {
                stream.Telemetry.Seed();
                stream.StartProducers();
            }
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
        using var registration = cancellationToken.UnsafeRegister(static state => ((StreamxCoordinator)state!).AbortNow(), this);
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
        AbortNow();
        _ = EndAsync();
    }

    private void StartConsumersLocked()
    {
        if (_consumersStarted) return;
        _consumersStarted = true;
        foreach (var stream in _streams) stream.StartConsumers();
        _watches = Task.WhenAll(_streams.Select(WatchAsync));
    }

    private void AbortNow()
    {
        _stopRequested.TrySetResult();
        // On the pool, and never disposed: the last callbacks may still be on their way.
        _ = _abortNow.CancelAsync();
    }

    private Task EndAsync()
    {
        _running.OnEnding();
        lock (_gate) return _ending ??= Task.Run(EndStreamsAsync);
    }

    private async Task EndStreamsAsync()
    {
        var started = _timeProvider.GetTimestamp();
        try
        {
            var reports = await EndStreamsInOrderAsync().ConfigureAwait(false);
            _ended.TrySetResult();
            await _watches.ConfigureAwait(false);
            // What a worker has failed with since its stream was reported on, the watch has seen: report and exit code say the same.
            for (var i = 0; i < reports.Length; i++)
            {
                if (_streams[i].HasFailed) reports[i] = reports[i] with { Outcome = ShutdownOutcome.Faulted };
            }

            if (Array.Exists(reports, report => report.Outcome == ShutdownOutcome.Faulted)) ExitCodes.Set(ExitCodes.Fault);
            if (Array.Exists(reports, report => report.Outcome == ShutdownOutcome.Aborted)) ExitCodes.Set(ExitCodes.AbortedDrain);
            _shutdown.Publish(new StreamxShutdownReport { Streams = reports, Elapsed = _timeProvider.GetElapsedTime(started) });
        }
        catch (Exception error)
        {
            ExitCodes.Set(ExitCodes.AbortedDrain);
            _ended.TrySetResult();
            _shutdown.Fail(error);
            throw;
        }
    }

    /// <summary>Ends the streams, all at the same time but for those with an injected writer, which others may still put into.</summary>
    /// <remarks>
    /// A consumer of one stream may put into another through its injected writer. So such a stream closes only after the
    /// consumers of the streams that have none, and of the ones registered before it, have ended; or at half its deadline. A stream
    /// that processors put into waits for those in any case, which end with their own input: upstream before downstream. So each
    /// waits only for ones that come before it in the order, and none for itself.
    /// </remarks>
    private async Task<StreamShutdownReport[]> EndStreamsInOrderAsync()
    {
        Dictionary<HostedStream, Task<StreamShutdownReport>> endings = [];
        IReadOnlyList<HostedStream> streams;
        lock (_gate)
        {
            streams = _streams;
            // A stop in the middle of a start: what has been accepted is to be finished all the same.
            if (!_abortNow.IsCancellationRequested) StartConsumersLocked();
        }

        Task allBefore = _stopRequested.Task;
        foreach (var stream in ProcessorGraph.InOrder(streams))
        {
            endings[stream] = EndAsync(stream, allBefore);
            allBefore = Task.WhenAll(allBefore, endings[stream]);
        }

        return await Task.WhenAll(streams.Select(stream => endings[stream])).ConfigureAwait(false);
    }

    private async Task<StreamShutdownReport> EndAsync(HostedStream stream, Task writersDone)
    {
        try
        {
            var budget = DrainBudget.Divide(stream.Options, _shutdownTimeout, out var wasCapped);
            if (wasCapped) Log.DrainTimeoutTooLong(_logger, stream.Name, stream.Options.DrainTimeout!.Value, budget.Drain);
            return await new StreamEnding(stream, budget, _timeProvider, _logger).RunAsync(writersDone, _abortNow.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await stream.AbortAsync().ConfigureAwait(false);
            Log.EndingFailed(_logger, error, stream.Name);
            throw;
        }
    }

    /// <summary>Stops the host when a stream or a worker fails, at once, and when all streams that are to stop it have completed.</summary>
    private async Task WatchAsync(HostedStream stream)
    {
        var completed = stream.WhenConsumersReturnedAsync();
        if (await Task.WhenAny(stream.WhenFailed, completed, _ended.Task).ConfigureAwait(false) == completed && !stream.HasFailed)
            OnCompleted(stream);
        // A worker may still fail after the end of its stream.
        await Task.WhenAny(stream.WhenFailed, _ended.Task).ConfigureAwait(false);
        if (!stream.HasFailed) return;
        var error = await stream.WhenFailed.ConfigureAwait(false);
        ExitCodes.Set(ExitCodes.Fault);
        StopHost();
        Log.StoppingAfterFailure(_logger, stream.Name, error.GetType().Name, ExitCodes.Fault);
    }

    private void OnCompleted(HostedStream stream)
    {
        lock (_gate)
        {
            if (_ending is not null) return;
        }

        Log.StreamCompleted(_logger, stream.Name, stream.ValuesAccepted);
        if (!stream.Options.StopHostWhenCompleted || Interlocked.Decrement(ref _awaited) > 0) return;
        Log.StoppingAfterCompletion(_logger);
        StopHost();
    }

    /// <summary>Stops the host once it has started: stopping it earlier would cancel the start, and with it the drain.</summary>
    private void StopHost() => _lifetime.ApplicationStarted.Register(_lifetime.StopApplication);

    private static string ListOf(IReadOnlyList<Worker> workers) =>
        workers.Count == 0 ? "none" : string.Join(", ", workers.Select(worker => worker.Name));
}
