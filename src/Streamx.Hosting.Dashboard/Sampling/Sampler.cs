using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Dashboard;

/// <summary>Looks at the streams for everybody who has the page open, as long as somebody has.</summary>
/// <remarks>
/// <para>Each second's picture goes into a stream of its own that every page follows in mode <see cref="SubscriptionMode.Latest"/>: a page
/// that cannot keep up jumps to the newest one, and costs a subscription and a reference to what all others are sent as well.</para>
/// <para>It looks some twenty times a second, since a look only sees who has a value in hand just then. The pauses differ, so as
/// not to keep step with what it looks at.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The stream of frames is closed when the host has stopped, and needs no more.")]
internal sealed class Sampler
{
    /// <summary>How long it goes on after somebody has asked for the data once, so that scripts that ask again get rates.</summary>
    internal static readonly TimeSpan AskedFor = TimeSpan.FromSeconds(10);

    /// <summary>The average pause between looks.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long pages hear nothing at most, also when the streams cannot be looked at. Below what the page takes for a lost connection.
    /// </summary>
    internal static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(2);

    /// <summary>How soon a browser comes back after it has lost the connection.</summary>
    private static readonly TimeSpan s_reconnection = TimeSpan.FromSeconds(1);

    private readonly Picture _picture;
    private readonly IMeterFactory? _meters;
    private readonly TimeProvider _clock;
    private readonly CancellationToken _stopped;
    private readonly ILogger _logger;

    /// <summary>What is sent to every page: a frame a second, and heartbeats while there are none.</summary>
    private readonly AsyncStream<SseItem<byte[]>> _frames = new(new AsyncStreamOptions { Name = "frames", WhenNoSubscribers = NoSubscribers.Discard });

    /// <summary>Guards the three below it.</summary>
    private readonly Lock _gate = new();

    /// <summary>How many pages are open.</summary>
    private int _pages;

    /// <summary>When somebody last asked for the data, as a timestamp; null: nobody has.</summary>
    private long? _askedAt;

    /// <summary>Whether it looks.</summary>
    private bool _isRunning;

    /// <summary>The looking: ended, or going on. Whoever has made it run sets it.</summary>
    private volatile Task _run = Task.CompletedTask;

    /// <summary>The end of the frames; not begun before the host stops.</summary>
    private volatile Task _end = Task.CompletedTask;

    internal Sampler(Picture picture, IMeterFactory? meters, TimeProvider clock, ILogger logger, CancellationToken stopped)
    {
        _picture = picture;
        _meters = meters;
        _clock = clock;
        _stopped = stopped;
        _logger = logger;
        stopped.Register(() => _end = _frames.CloseAsync());
    }

    /// <summary>Whether it looks at the streams.</summary>
    internal bool IsRunning
    {
        get
        {
            lock (_gate) return _isRunning;
        }
    }

    /// <summary>Ends when it does not look any more.</summary>
    internal Task WhenIdle => Task.WhenAll(_run, _end);

    /// <summary>How many pages are open.</summary>
    internal int Pages
    {
        get
        {
            lock (_gate) return _pages;
        }
    }

    /// <summary>What the page shows now, as JSON.</summary>
    internal byte[] Ask()
    {
        lock (_gate) _askedAt = _clock.GetTimestamp();
        Start();
        _picture.Look();
        return _picture.Describe();
    }

    /// <summary>Everything for one page: what has been, and then a picture a second.</summary>
    /// <param name="ending">Ends it, with an event that says so.</param>
    /// <param name="cancellationToken">Cancels it: the page was closed.</param>
    internal async IAsyncEnumerable<SseItem<byte[]>> FollowAsync(
        CancellationToken ending, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending, cancellationToken);
        var frames = _frames.Subscribe(new SubscriptionOptions { Name = "page", Mode = SubscriptionMode.Latest });
        await using (((IAsyncDisposable)frames).ConfigureAwait(false))
        {
            lock (_gate) _pages++;
            try
            {
                Start();
                yield return new SseItem<byte[]>(_picture.DescribeHistory(), "history") { ReconnectionInterval = s_reconnection };
                yield return new SseItem<byte[]>(_picture.Describe(), "frame");
                var items = frames.GetAsyncEnumerator(either.Token);
                await using (items.ConfigureAwait(false))
                    while (await TryNextAsync(items, ending).ConfigureAwait(false)) yield return items.Current;
                yield return new SseItem<byte[]>("{}"u8.ToArray(), "stopping");
            }
            finally
            {
                lock (_gate) _pages--;
            }
        }
    }

    private static async ValueTask<bool> TryNextAsync(IAsyncEnumerator<SseItem<byte[]>> items, CancellationToken ending)
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

    private bool IsWanted => _pages > 0 || (_askedAt is { } at && _clock.GetElapsedTime(at) < AskedFor);

    private void Start()
    {
        lock (_gate)
        {
            if (_isRunning || _stopped.IsCancellationRequested) return;
            _isRunning = true;
        }

        // Outside the lock: up to its first pause it looks at the streams.
        _run = RunAsync();
    }

    private async Task RunAsync()
    {
        // The first look is before whoever began it gets an answer.
        using var times = new HandlingTimes(_meters, _clock, _picture.OnHandled);
        var hasFailed = !TryLook(_picture.Begin, hasFailed: false);
        var sentAt = _clock.GetTimestamp();
        for (var look = 1; ; look++)
        {
            times.Refill();
            await Task.Delay(PauseAfter(look), _clock, _stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_gate)
            {
                if (!IsWanted || _stopped.IsCancellationRequested)
                {
                    _isRunning = false;
                    return;
                }
            }

            hasFailed = !TryLook(_picture.Look, hasFailed);
            // A failed look has no frame: it would give old data a new time. The next second lasts until a look succeeds.
            if (!hasFailed && _picture.TryEndSecond() is { } frame) Send(frame, "frame");
            else if (_clock.GetElapsedTime(sentAt) >= Heartbeat) Send("{}"u8.ToArray(), "heartbeat");
        }

        void Send(byte[] data, string type)
        {
            sentAt = _clock.GetTimestamp();
            _frames.TryPut(new SseItem<byte[]>(data, type));
        }
    }

    /// <summary>Looks; a failure is a stream's that could not be built, say, and not the end of the page.</summary>
    private bool TryLook(Action look, bool hasFailed)
    {
        try
        {
            look();
            return true;
        }
        catch (Exception error)
        {
            if (!hasFailed) Log.LookFailed(_logger, error);
            return false;
        }
    }

    /// <summary>Half to one and a half times the average, spread evenly by the golden ratio.</summary>
    private static TimeSpan PauseAfter(int look) => Pause * (0.5 + (look * 0.6180339887 % 1));
}
