using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Dashboard;

/// <summary>Samples the streams: once a second for the charts and the events, and often for all open pages while there are any.</summary>
/// <remarks>
/// <para>Each second's state goes into a stream of its own that every page follows in mode <see cref="SubscriptionMode.Latest"/>: a page
/// that cannot keep up jumps to the newest one, and costs a subscription and a reference to a frame that all pages share.</para>
/// <para>It samples some twenty times a second, since a sample only shows which consumers have a value in hand just then. The pauses
/// vary, so that they do not synchronise with the streams.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The stream of frames is closed when the host has stopped, and needs no more.")]
internal sealed class Sampler
{
    /// <summary>How long sampling continues after a request for the data, so that polling scripts get rates.</summary>
    internal static readonly TimeSpan RequestLifetime = TimeSpan.FromSeconds(10);

    /// <summary>The pause between samples while no page is open: a little more than a second, so that each sample ends one.</summary>
    internal static readonly TimeSpan IdlePause = TimeSpan.FromMilliseconds(1010);

    /// <summary>The average pause between samples while a page is open.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest time between two events of a page: less than after which the page shows a lost connection.</summary>
    internal static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(2);

    /// <summary>How soon a browser reconnects after it has lost the connection.</summary>
    private static readonly TimeSpan s_reconnection = TimeSpan.FromSeconds(1);

    private readonly PageState _state;
    private readonly IMeterFactory? _meters;
    private readonly TimeProvider _clock;
    private readonly CancellationToken _stopped;
    private readonly ILogger _logger;

    /// <summary>The frames for every page: one a second, and heartbeats while there are none.</summary>
    private readonly AsyncStream<SseItem<FrameData>> _frames =
        new(new AsyncStreamOptions { Name = "frames", WhenNoSubscribers = NoSubscribers.Discard });

    /// <summary>Guards the five fields below.</summary>
    private readonly Lock _lock = new();

    /// <summary>How many pages are open.</summary>
    private int _pages;

    /// <summary>When the data was last requested, as a timestamp; null for never.</summary>
    private long? _requestedAt;

    /// <summary>Whether it runs.</summary>
    private bool _isRunning;

    /// <inheritdoc cref="IsIdle"/>
    private bool _isIdle;

    /// <summary>Ends the pause in progress: a page has opened. Replaced after each use.</summary>
    private TaskCompletionSource _needed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The sampling loop: ended, or running. Set by the call that starts it.</summary>
    private volatile Task _run = Task.CompletedTask;

    /// <summary>The end of the frames; not begun before the host stops.</summary>
    private volatile Task _end = Task.CompletedTask;

    internal Sampler(PageState state, IMeterFactory? meters, TimeProvider clock, ILogger logger, CancellationToken stopped)
    {
        _state = state;
        _meters = meters;
        _clock = clock;
        _stopped = stopped;
        _logger = logger;
        stopped.Register(() => _end = _frames.CloseAsync());
    }

    /// <summary>Whether it samples the streams.</summary>
    internal bool IsRunning
    {
        get
        {
            lock (_lock) return _isRunning;
        }
    }

    /// <summary>Whether it waits for the next second, or for a page.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (_lock) return _isIdle;
        }
    }

    /// <summary>Ends when it has stopped sampling.</summary>
    internal Task WhenIdle => Task.WhenAll(_run, _end);

    /// <summary>How many pages are open.</summary>
    internal int Pages => Volatile.Read(ref _pages);

    /// <summary>The current state.</summary>
    internal FrameData Ask()
    {
        lock (_lock) _requestedAt = _clock.GetTimestamp();
        Start();
        _state.Look();
        return _state.Describe();
    }

    /// <summary>The events of one page: the history, then a state a second.</summary>
    /// <param name="mayReadMessages">Whether the page's reader may read the messages of exceptions.</param>
    /// <param name="ending">Ends it, with an event that says so.</param>
    /// <param name="cancellationToken">Cancels it: the page was closed.</param>
    internal async IAsyncEnumerable<SseItem<byte[]>> FollowAsync(
        bool mayReadMessages, CancellationToken ending, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending, cancellationToken);
        var frames = _frames.Subscribe(new SubscriptionOptions { Name = "page", Mode = SubscriptionMode.Latest });
        await using (((IAsyncDisposable)frames).ConfigureAwait(false))
        {
            lock (_lock) _pages++;
            try
            {
                Start();
                // The last sample may be a second old. A failure has been logged by the loop, or will be.
                TrySample(_state.Look, hasFailed: true);
                var history = _state.DescribeHistory().For(mayReadMessages);
                yield return new SseItem<byte[]>(history, "history") { ReconnectionInterval = s_reconnection };
                yield return new SseItem<byte[]>(_state.Describe().For(mayReadMessages), "frame");
                var items = frames.GetAsyncEnumerator(either.Token);
                await using (items.ConfigureAwait(false))
                {
                    while (await TryNextAsync(items, ending).ConfigureAwait(false))
                        yield return new SseItem<byte[]>(items.Current.Data.For(mayReadMessages), items.Current.EventType);
                }

                yield return new SseItem<byte[]>("{}"u8.ToArray(), "stopping");
            }
            finally
            {
                lock (_lock) _pages--;
            }
        }
    }

    private static async ValueTask<bool> TryNextAsync(IAsyncEnumerator<SseItem<FrameData>> items, CancellationToken ending)
    {
        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return false;
        }
    }

    private bool IsNeeded => _pages > 0 || (_requestedAt is { } at && _clock.GetElapsedTime(at) < RequestLifetime);

    /// <summary>Begins to sample, or samples often if a page has opened since the last sample.</summary>
    internal void Start()
    {
        lock (_lock)
        {
            if (IsNeeded) _needed.TrySetResult();
            if (_isRunning || _stopped.IsCancellationRequested) return;
            _isRunning = true;
        }

        // Outside the lock: up to its first pause it samples the streams.
        _run = RunAsync();
    }

    private async Task RunAsync()
    {
        // The first sample comes before the request that started the loop is answered.
        using var times = new HandlingTimes(_meters, _clock, _state.OnHandled);
        using var traces = new TraceListener(_state.OnTraced);
        var hasFailed = !TrySample(_state.Begin, hasFailed: false);
        var sentAt = _clock.GetTimestamp();
        for (var sample = 1; ; sample++)
        {
            times.Refill();
            var isShown = await PauseAsync(sample).ConfigureAwait(false);
            traces.Listen(isShown);
            lock (_lock)
            {
                if (_stopped.IsCancellationRequested || (!IsNeeded && _state.HaveStreamsEnded))
                {
                    _isRunning = false;
                    return;
                }
            }

            hasFailed = !TrySample(_state.Look, hasFailed);
            // A failed sample has no frame: it would give old data a new time. The next second lasts until a sample succeeds.
            if (!hasFailed && _state.TryEndSecond(isShown) is { } frame) Send(frame, "frame");
            else if (_clock.GetElapsedTime(sentAt) >= Heartbeat) Send(FrameData.Empty, "heartbeat");
        }

        void Send(FrameData data, string type)
        {
            sentAt = _clock.GetTimestamp();
            _frames.TryPut(new SseItem<FrameData>(data, type));
        }
    }

    /// <summary>Waits until the next sample. While no page is open, waits until one opens, for at most a second.</summary>
    /// <returns>Whether a page is open.</returns>
    private async Task<bool> PauseAsync(int sample)
    {
        TaskCompletionSource needed;
        lock (_lock)
        {
            if (_needed.Task.IsCompleted && !IsNeeded) _needed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            needed = _needed;
            _isIdle = !needed.Task.IsCompleted;
        }

        if (needed.Task.IsCompleted)
        {
            await Task.Delay(PauseAfter(sample), _clock, _stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        }

        await needed.Task.WaitAsync(IdlePause, _clock, _stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return false;
    }

    /// <summary>Samples the streams. A failure, such as that of a stream that could not be built, does not end the page.</summary>
    private bool TrySample(Action sample, bool hasFailed)
    {
        try
        {
            sample();
            return true;
        }
        catch (Exception error)
        {
            if (!hasFailed) Log.SampleFailed(_logger, error);
            return false;
        }
    }

    /// <summary>Half to one and a half times the average, spread evenly by the golden ratio.</summary>
    private static TimeSpan PauseAfter(int sample) => Pause * (0.5 + (sample * 0.6180339887 % 1));
}
