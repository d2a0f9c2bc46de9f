using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Streamx.Hosting.Tests.Telemetry;

namespace Streamx.Hosting.Tests.Chaos;

/// <summary>A real host whose streams, workers, operator and end are all random, from a seed.</summary>
internal sealed class ChaosHost
{
    private readonly Dice _dice;
    private readonly List<ChaosStream> _streams = [];
    private readonly ConcurrentDictionary<object, string> _atWork = [];
    private readonly IHost _host;
    private readonly IStreamxControl _control;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly IStreamxShutdown _shutdown;
    private readonly FakeLogCollector _log;
    private readonly ChaosOperator _operator;
    private readonly ChaosWriter? _outside;
    private volatile bool _isEnding;
    private volatile bool _isDisposing;
    private volatile string _step = "created";
    private volatile ShutdownReport? _report;

    public ChaosHost(int seed)
    {
        _dice = new Dice(seed);
        Ending = _dice.OneOf(Enum.GetValues<ChaosEnding>());
        IsCalm = Ending is ChaosEnding.Completion or ChaosEnding.Fault || _dice.OneIn(3);
        for (var i = 1 + _dice.Below(3); i > 0; i--) _streams.Add(new ChaosStream(this, _streams.Count, _dice.Split()));
        for (var i = 0; i < _streams.Count; i++) _streams[i].Plan(_streams[(i + 1)..]);
        DeadLetters = new ChaosDeadLetters(this, _dice.Split());
        _outside = Ending != ChaosEnding.Completion && _dice.OneIn(4) ? _streams[_dice.Below(_streams.Count)].AddWriter(_dice.Split()) : null;
        _host = Build();
        _control = _host.Services.GetRequiredService<IStreamxControl>();
        _lifetime = _host.Services.GetRequiredService<IHostApplicationLifetime>();
        _log = _host.Services.GetRequiredService<FakeLogCollector>();
        // A host nobody listens to takes other ways.
        Metrics = _dice.OneIn(4) ? null : new MetricsRecorder(_host.Services);
        _operator = new ChaosOperator(this, _control, _dice.Split());
        // Built here: a start that is cancelled at once would build no coordinator, and there would be no report.
        _ = _host.Services.GetServices<IHostedService>();
        _shutdown = _host.Services.GetRequiredService<IStreamxShutdown>();
    }

    public ChaosEnding Ending { get; }

    /// <summary>Whether nothing goes on for ever.</summary>
    public bool IsCalm { get; }

    /// <summary>Whether its end has begun.</summary>
    public bool IsEnding => _isEnding;

    /// <summary>Whether it is being disposed.</summary>
    public bool IsDisposing => _isDisposing;

    public IReadOnlyList<ChaosStream> Streams => _streams;

    public ChaosDeadLetters DeadLetters { get; }

    /// <summary>What the host's instruments have recorded; null when nobody listens.</summary>
    public MetricsRecorder? Metrics { get; }

    /// <summary>What a consumer is doing, and has done.</summary>
    public StreamxConsumerStatus StatusOf(ChaosStream stream, ChaosConsumer consumer) =>
        _control.GetStreams().Single(status => status.Name == stream.Name).Consumers.Single(status => status.Name == consumer.Name);

    /// <summary>Notes that user code runs, until disposed.</summary>
    public IDisposable Work(string name)
    {
        var scope = new WorkScope(_atWork);
        _atWork[scope] = name;
        return scope;
    }

    /// <summary>Lives, and ends. All that was running has ended then, too.</summary>
    public async Task<ShutdownReport> RunAsync()
    {
        var steering = Task.CompletedTask;
        var outside = Task.CompletedTask;
        // What is discarded before a consumer has been subscribed, none of them reports.
        var putsBeforeStart = _outside is not null && !StreamOf(_outside).Discards && _dice.OneIn(2);
        using var outsideGone = new CancellationTokenSource();
        if (Ending == ChaosEnding.StopDuringStart)
        {
            await StopDuringStartAsync(() =>
            {
                if (putsBeforeStart) outside = PutFromOutsideAsync(_outside!, outsideGone.Token);
            });
        }
        else
        {
            _step = "starting";
            var start = _host.StartAsync();
            if (putsBeforeStart) outside = PutFromOutsideAsync(_outside!, outsideGone.Token);
            await start;
            if (_outside is not null && !putsBeforeStart) outside = PutFromOutsideAsync(_outside, outsideGone.Token);
            steering = _operator.SteerAsync();
            await EndAsync();
        }

        _step = "disposing";
        _isDisposing = true;
        await ((IAsyncDisposable)_host).DisposeAsync();
        _step = "waiting for the report";
        _report = await _shutdown.Report;
        _step = "waiting for the operator";
        await steering;
        _step = "waiting for drains";
        await Task.WhenAll(_operator.Drains);
        _step = "waiting for the writer outside";
        await outside;
        _step = "waiting for user code";
        while (!_atWork.IsEmpty) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
        return _report;
    }

    /// <summary>Whether a stream has been closed although this producer of it had not returned.</summary>
    public bool HasClosedWithout(ChaosStream stream, ChaosProducer producer)
    {
        var begin = $"Stream {stream.Name} closes although producers have not returned";
        return _log.GetSnapshot().Any(record =>
            record.Message.StartsWith(begin, StringComparison.Ordinal) && record.Message.Contains(producer.Name, StringComparison.Ordinal));
    }

    /// <summary>All there is to know about it.</summary>
    public string Describe()
    {
        string[] lines =
        [
            $"ending {Ending}, calm {IsCalm}, outside {_outside is not null}, step: {_step}, at work: {string.Join(", ", _atWork.Values)}",
            .. _streams.Select(stream => stream.ToString()),
            .. _control.GetStreams().SelectMany(stream => (object[])
            [
                stream with { Producers = [], Consumers = [] },
                stream.Stream,
                .. stream.Stream.Subscriptions,
                .. stream.Producers,
                .. stream.Consumers,
            ]).Select(part => part.ToString() ?? ""),
            .. Lines(_report),
            .. _log.GetSnapshot().TakeLast(40).Select(record => $"{record.Timestamp:ss.ffffff} {record.Level}: {record.Message}"),
        ];
        return string.Join(Environment.NewLine, lines);
    }

    private static IEnumerable<string> Lines(ShutdownReport? report) =>
        report is null ? ["no report"] : report.Streams.SelectMany(stream => (object[])[stream, .. stream.Consumers]).Select(part => part.ToString() ?? "");

    private IHost Build()
    {
        var builder = TestHost.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        var concurrently = _dice.OneIn(2);
        var timeout = TimeSpan.FromMilliseconds(50 + _dice.Below(400));
        builder.Services.Configure<HostOptions>(options =>
        {
            options.ServicesStopConcurrently = concurrently;
            options.ServicesStartConcurrently = concurrently;
            options.ShutdownTimeout = timeout;
        });
        builder.Services.AddSingleton(DeadLetters);
        var hooks = _dice.Below(3);
        if (hooks == 1) AddHook();
        foreach (var stream in _streams) stream.Register(builder.Services);
        if (hooks == 2) AddHook();
        return builder.Build();

        void AddHook()
        {
            var dice = _dice.Split();
            builder.Services.AddSingleton<IHostedService>(new HookService { OnStart = token => dice.PauseAsync(8, token), OnStop = _ => dice.PauseAsync(8) });
        }
    }

    private async Task EndAsync()
    {
        if (Ending is ChaosEnding.Completion or ChaosEnding.Fault)
        {
            _step = "waiting to be stopped";
            await _host.WaitForShutdownAsync();
            _isEnding = true;
            return;
        }

        await _dice.PauseAsync(40);
        _isEnding = true;
        _step = "stopping";
        switch (Ending)
        {
            case ChaosEnding.Stop:
                await _host.StopAsync();
                break;
            case ChaosEnding.StopTwice:
                var first = _host.StopAsync();
                await _dice.PauseAsync(10);
                await Task.WhenAll(first, _host.StopAsync());
                break;
            case ChaosEnding.StopWithCancelledToken:
                using (var impatient = new CancellationTokenSource(_dice.Milliseconds(30)))
                {
                    if (_dice.OneIn(3)) await impatient.CancelAsync();
                    await IgnoreCancellationAsync(_host.StopAsync(impatient.Token));
                }

                break;
            case ChaosEnding.StopApplication:
                _lifetime.StopApplication();
                await _host.WaitForShutdownAsync();
                break;
            case ChaosEnding.DisposeWhileStopping:
                var stop = _host.StopAsync();
                await _dice.PauseAsync(30);
                _isDisposing = true;
                await ((IAsyncDisposable)_host).DisposeAsync();
                await IgnoreCancellationAsync(stop);
                break;
            case ChaosEnding.Dispose when _dice.OneIn(2):
                _isDisposing = true;
                _host.Dispose();
                break;
            default:
                break;
        }
    }

    private async Task StopDuringStartAsync(Action onStarting)
    {
        _step = "starting and stopping";
        using var cancellation = new CancellationTokenSource();
        var start = _host.StartAsync(cancellation.Token);
        onStarting();
        await _dice.PauseAsync(6);
        _isEnding = true;
        switch (_dice.Below(3))
        {
            case 0:
                await cancellation.CancelAsync();
                break;
            case 1:
                _lifetime.StopApplication();
                break;
            default:
                await IgnoreCancellationAsync(_host.StopAsync());
                break;
        }

        await IgnoreCancellationAsync(start);
        if (_dice.OneIn(2)) await IgnoreCancellationAsync(_host.StopAsync());
    }

    private static async Task IgnoreCancellationAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // It had been asked for.
        }
    }

    private ChaosStream StreamOf(ChaosWriter writer) => _streams.Single(stream => stream.Writers.Contains(writer));

    /// <summary>As an endpoint does: through the injected writer, until it is refused.</summary>
    private async Task PutFromOutsideAsync(ChaosWriter writer, CancellationToken cancellationToken)
    {
        var stream = StreamOf(writer);
        var dice = _dice.Split();
        var output = dice.OneIn(2)
            ? _host.Services.GetRequiredKeyedService<IStreamWriter<long>>(stream.Name)
            : _host.Services.GetRequiredKeyedService<AsyncStream<long>>(stream.Name);
        try
        {
            for (var i = dice.Below(60); i > 0; i--)
            {
                await writer.PutAsync(output, cancellationToken);
                if (dice.OneIn(3)) await dice.PauseAsync(3, cancellationToken);
            }
        }
        catch (Exception error) when (error is StreamFaultedException or InvalidOperationException)
        {
            // The stream has ended, or nobody is subscribed.
        }
    }

    private sealed class WorkScope(ConcurrentDictionary<object, string> atWork) : IDisposable
    {
        public void Dispose() => atWork.TryRemove(this, out _);
    }
}
