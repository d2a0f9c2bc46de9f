using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting;

/// <inheritdoc/>
/// <typeparam name="T">The type of the values.</typeparam>
[SuppressMessage("Design", "CA1001", Justification = "The token sources have neither timers nor handles, and workers may hold their tokens to the end of the process.")]
internal sealed class HostedStream<T> : HostedStream
{
    /// <summary>The producers.</summary>
    private readonly ProducerWorker<T>[] _producers;

    /// <summary>The consumers.</summary>
    private readonly ConsumerWorker<T>[] _consumers;

    /// <summary>Cancelled when the producers are to stop.</summary>
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Cancelled when the time for draining is up.</summary>
    private readonly CancellationTokenSource _abort = new();

    /// <summary>Ends when a worker fails.</summary>
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the stream is being aborted; set before anybody can notice.</summary>
    private volatile bool _isAborting;

    /// <summary>How many producers have not ended.</summary>
    private int _runningProducers;

    /// <summary>How many of the consumers that keep the stream alive still consume.</summary>
    private int _consuming;

    internal HostedStream(StreamRegistration<T> registration, IServiceProvider services)
        : base(registration.Name, services.GetRequiredService<IOptionsMonitor<StreamxOptions>>().Get(registration.Name))
    {
        Logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(Log.Category);
        Stream = AsyncStream<T>.CreateHosted(new AsyncStreamOptions
        {
            Name = Name,
            Window = Options.Window,
            WhenNoSubscribers = Options.WhenNoSubscribers,
            AllowSynchronousContinuations = Options.AllowSynchronousContinuations,
            TimeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System,
        });
        WhenFailed = FirstFailureAsync();
        _producers = [.. registration.Producers.Select(producer => producer.Build(this, services))];
        _consumers = [.. registration.Consumers.Select(consumer => consumer.Build(this, services))];
        _runningProducers = _producers.Length;
        _consuming = _consumers.Count(KeepsAlive);
    }

    /// <summary>The stream.</summary>
    internal AsyncStream<T> Stream { get; }

    /// <summary>Where the workers log.</summary>
    internal ILogger Logger { get; }

    /// <summary>Cancelled when the producers are to stop.</summary>
    internal CancellationToken StoppingToken => _stopping.Token;

    /// <summary>Cancelled when the time for draining is up.</summary>
    internal CancellationToken AbortToken => _abort.Token;

    /// <inheritdoc cref="_isAborting"/>
    internal bool IsAborting => _isAborting;

    /// <inheritdoc/>
    internal override IReadOnlyList<Worker> Producers => _producers;

    /// <inheritdoc/>
    internal override IReadOnlyList<Worker> Consumers => _consumers;

    /// <inheritdoc/>
    internal override bool HasGatingConsumer => Array.Exists(_consumers, consumer => consumer.Mode == SubscriptionMode.Every);

    /// <inheritdoc/>
    internal override StreamState State => Stream.State;

    /// <inheritdoc/>
    internal override long ValuesAccepted => Stream.GetSnapshot().ValuesPut;

    /// <inheritdoc/>
    internal override Task<Exception> WhenFailed { get; }

    /// <inheritdoc/>
    internal override bool HasFailed => Stream.WhenFaulted.IsCompleted || _failed.Task.IsCompleted;

    /// <inheritdoc/>
    internal override Task Drained => Stream.Drained;

    /// <inheritdoc/>
    internal override void SubscribeConsumers()
    {
        var options = Array.ConvertAll(_consumers, consumer => new SubscriptionOptions { Name = consumer.Name, Mode = consumer.Mode });
        var subscriptions = Stream.SubscribeAll(options);
        for (var i = 0; i < _consumers.Length; i++) _consumers[i].Subscription = subscriptions[i];
    }

    /// <inheritdoc/>
    internal override void StartConsumers()
    {
        foreach (var consumer in _consumers)
            if (consumer.Subscription is not null) consumer.Start();
    }

    /// <inheritdoc/>
    internal override void StartProducers()
    {
        foreach (var producer in _producers) producer.Start();
    }

    /// <inheritdoc/>
    internal override void Close() => Stream.BeginClose();

    /// <inheritdoc/>
    internal override Task CancelProducersAsync() => CancelAsync(_stopping);

    /// <inheritdoc/>
    internal override Task AbortAsync()
    {
        // The stream before the token: a consumer that gives up must not let a waiting put commit by leaving. It takes out
        // whoever else has subscribed too: a stream whose host is gone must not be held by anyone.
        _isAborting = true;
        Stream.Abort(AbortToken);
        return CancelAsync(_abort);
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Unfinished() =>
        [.. Stream.GetSnapshot().Subscriptions
            .Where(subscription => subscription.Lag > 0 && subscription.Mode == SubscriptionMode.Every)
            .Select(subscription => subscription.Name)];

    /// <inheritdoc/>
    internal override IReadOnlyList<ConsumerShutdownReport> ReportConsumers()
    {
        var accepted = ValuesAccepted;
        return Array.ConvertAll(_consumers, consumer => consumer.Report(accepted));
    }

    /// <summary>A worker has failed: the stream faults, unless it has ended, and the host is told in any case.</summary>
    internal void Fail(Exception error)
    {
        Stream.BeginFault(error);
        _failed.TrySetResult(error);
    }

    /// <summary>A producer has ended. The last one ends the input.</summary>
    internal void OnProducerEnded()
    {
        // While the host stops, the coordinator closes: it may have to wait for injected writers.
        if (Interlocked.Decrement(ref _runningProducers) > 0 || _stopping.IsCancellationRequested || State != StreamState.Open) return;
        Log.InputEnded(Logger, Name);
        Close();
    }

    /// <summary>A consumer's run is over.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="early">Whether it left before the end, of its own accord. The last one to do so takes the stream with it.</param>
    internal void OnConsumerEnded(ConsumerWorker<T> consumer, bool early)
    {
        if (!KeepsAlive(consumer) || Interlocked.Decrement(ref _consuming) > 0 || !early) return;
        Fail(new InvalidOperationException(
            $"No consumer of stream '{Name}' remains: '{consumer.Name}', the last one, returned before the end."));
    }

    private async Task<Exception> FirstFailureAsync() =>
        await (await Task.WhenAny(Stream.WhenFaulted, _failed.Task).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task CancelAsync(CancellationTokenSource source)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException error)
        {
            Log.TokenCallbackFailed(Logger, error, Name);
        }
    }

    /// <summary>Whether the stream lives only as long as such a consumer does: those that gate it, if there are any.</summary>
    private bool KeepsAlive(ConsumerWorker<T> consumer) =>
        consumer.Mode == SubscriptionMode.Every || !HasGatingConsumer;
}
