using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Testing;

/// <summary>Runs streams and their workers in a host of a test's own, on a clock of the test's, in steps that the test decides.</summary>
/// <remarks>
/// <para>What runs is what was registered: the same options, scopes and policies as in production. The host has nothing else, no
/// configuration from the environment and no logging, unless the test adds it; and it leaves signals alone.</para>
/// <para>Nothing has to be slept for. Every wait ends when what it waits for has happened, and throws a
/// <see cref="TimeoutException"/> that says what every worker is doing if it does not. All members may be called from any thread.</para>
/// </remarks>
public sealed class StreamxHarness : IAsyncDisposable
{
    /// <summary>
    /// How often a condition is looked at although nothing is known to have happened: it may depend on the test's own things.
    /// </summary>
    private static readonly TimeSpan s_recheck = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// The exit code of the test run before there was a harness. Streams that do not end well set it, which is no matter of the run's.
    /// </summary>
    private static readonly Lazy<int> s_exitCode = new(static () => Environment.ExitCode);

    /// <inheritdoc cref="s_exitCode"/>
    private readonly int _exitCode = s_exitCode.Value;

    private readonly StreamxRegistry _registry;
    private readonly IHost _host;
    private readonly HarnessClock _clock;
    private readonly InstrumentListener _meter;

    /// <summary>The streams that have been asked for, by name.</summary>
    private readonly ConcurrentDictionary<string, IHarnessStream> _streams = new(Names.Comparer);

    /// <summary>Whether it has been started.</summary>
    private bool _isStarted;

    /// <summary>Builds the host.</summary>
    /// <param name="configure">
    /// Registers the streams, as the program does, and what their workers need: <c>builder => builder.Services.AddStreamx…</c>
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="configure"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="configure"/> has registered no stream.</exception>
    public StreamxHarness(Action<HostApplicationBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _clock = new HarnessClock(Changes);
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        configure(builder);
        _registry = StreamxRegistry.Find(builder.Services) 
            ?? throw new ArgumentException("No stream has been registered. Call AddStreamx.", nameof(configure));
        // Last, so that they count whatever the program has registered.
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.AddSingleton(this);
        builder.Services.AddSingleton(typeof(IStreamProbe<>), typeof(StreamProbe<>));
        // The clock stands still, so a stop that waited for writers to be idle would never end.
        builder.Services.PostConfigureAll<StreamxOptions>(static options => options.AcceptAfterStop = TimeSpan.Zero);
        _host = builder.Build();
        _meter = new InstrumentListener(Services.GetRequiredService<IMeterFactory>(), name => _streams.GetValueOrDefault(name), Changes);
        Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(Changes.Notify);
    }

    /// <summary>The clock of everything that runs here. It stands still until the test advances it.</summary>
    public FakeTimeProvider Time => _clock;

    /// <summary>The host's services.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>How long, in real time, anything is waited for before the wait fails.</summary>
    /// <value>30 seconds by default: only a test that fails takes that long.</value>
    public TimeSpan WaitLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Signals every change.</summary>
    internal ChangeSignal Changes { get; } = new();

    /// <summary>Gives the state of the streams.</summary>
    internal IStreamxControl Control => Services.GetRequiredService<IStreamxControl>();

    /// <summary>The stream of a type, or of a type and a name.</summary>
    /// <typeparam name="T">The type of its values.</typeparam>
    /// <param name="name">Its name; null for the only one of the type.</param>
    /// <exception cref="ArgumentException">There is none, or there are several and no name was given.</exception>
    public HarnessStream<T> Stream<T>(string? name = null)
    {
        var registrations = _registry.Streams.OfType<StreamRegistration<T>>()
            .Where(stream => name is null || Names.Comparer.Equals(stream.Name, name)).ToList();
        return registrations.Count == 1
            ? (HarnessStream<T>)_streams.GetOrAdd(
                registrations[0].Name,
                static (_, state) => new HarnessStream<T>(state.Registration, state.Harness),
                (Registration: registrations[0], Harness: this))
            : throw new ArgumentException(
                $"There are {registrations.Count} streams of {typeof(T).Name}{(name is null ? null : $" named '{name}'")}. "
                + $"Streams: {string.Join(", ", _registry.Streams.Select(stream => stream.Name))}.",
                nameof(name));
    }

    /// <summary>Starts the host: every consumer is subscribed, then the producers run.</summary>
    /// <exception cref="StreamxConfigurationException">What has been registered cannot work.</exception>
    /// <exception cref="TimeoutException">It did not start within <see cref="WaitLimit"/>.</exception>
    public Task StartAsync()
    {
        _isStarted = true;
        return WithinLimitAsync(_host.StartAsync(), "the host to start");
    }

    /// <summary>Stops the host as SIGTERM does: producers are cancelled, what was accepted is drained.</summary>
    /// <returns>What became of every stream and consumer.</returns>
    /// <remarks>
    /// A consumer that is held keeps the drain waiting, as one that hangs does. To see it aborted, do not await this at once,
    /// but advance <see cref="Time"/> by the drain's time first, 28 s by default. Calling it again gives the same report.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The harness has not been started.</exception>
    /// <exception cref="TimeoutException">It did not end within <see cref="WaitLimit"/>.</exception>
    public Task<ShutdownReport> StopAsync()
    {
        RequireStarted();
        return StopHostAsync();
    }

    /// <summary>Waits until the streams stop the host by themselves, by completing or by faulting, and stops it.</summary>
    /// <returns>What became of every stream and consumer.</returns>
    /// <remarks>
    /// Streams complete when their producers have returned; they stop the host if <see cref="StreamxOptions.StopHostWhenCompleted"/> says
    /// so.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The harness has not been started.</exception>
    /// <exception cref="TimeoutException">They did not within <see cref="WaitLimit"/>.</exception>
    public async Task<ShutdownReport> WaitForEndAsync()
    {
        RequireStarted();
        var stopping = Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        await WaitUntilAsync(() => stopping.IsCancellationRequested, "the streams to stop the host").ConfigureAwait(false);
        return await StopHostAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">
    /// The condition. Called whenever something has happened in a stream, and periodically besides; from any thread.
    /// </param>
    /// <exception cref="TimeoutException">It does not within <see cref="WaitLimit"/>.</exception>
    public Task WaitUntilAsync(Func<bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return WaitUntilAsync(condition, "the condition to hold");
    }

    /// <summary>
    /// Waits until something waits for so long on the clock, then lets that time pass: a handler's delay, or a batch that fills.
    /// </summary>
    /// <param name="delay">The time, exactly as the waiting code has set it.</param>
    /// <remarks>Advancing a clock before a timer has been set has no effect on that timer; this call waits for the timer first.</remarks>
    /// <exception cref="TimeoutException">Nothing waits for so long within <see cref="WaitLimit"/>.</exception>
    public async Task ElapseAsync(TimeSpan delay)
    {
        await WaitUntilAsync(() => _clock.IsAwaited(delay), $"anything to wait for {delay}").ConfigureAwait(false);
        _clock.Advance(delay);
    }

    /// <summary>Ends everything at once: what is still running is aborted.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _streams.Values) stream.End();
        await ((IAsyncDisposable)_host).DisposeAsync().ConfigureAwait(false);
        _meter.Dispose();
        Environment.ExitCode = _exitCode;
    }

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="what">What is waited for, for the message of a timeout.</param>
    internal async Task WaitUntilAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(WaitLimit, TimeProvider.System);
        while (true)
        {
            // Read before the condition, so that a change after it is not missed.
            var next = Changes.WhenChanged;
            if (condition()) return;
            if (limit.IsCancellationRequested) throw Late(what);
            await Task.WhenAny(next, Task.Delay(s_recheck, TimeProvider.System, CancellationToken.None)).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="what">What is waited for, for the message of a timeout.</param>
    internal async Task WithinLimitAsync(Task task, string what)
    {
        using var limit = new CancellationTokenSource(WaitLimit, TimeProvider.System);
        try
        {
            await task.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !task.IsCompleted)
        {
            throw Late(what);
        }
    }

    /// <summary>Waits until what consumers are known to have finished is what they have: a test that asks then gets all of it.</summary>
    internal Task CatchUpAsync() =>
        WaitUntilAsync(() => _streams.Values.All(stream => stream.IsUpToDate), "consumers to report what they have finished");

    private async Task<ShutdownReport> StopHostAsync()
    {
        await WithinLimitAsync(_host.StopAsync(), "the host to stop").ConfigureAwait(false);
        await CatchUpAsync().ConfigureAwait(false);
        return await Services.GetRequiredService<IStreamxShutdown>().Report.ConfigureAwait(false);
    }

    private void RequireStarted()
    {
        if (!_isStarted) throw new InvalidOperationException($"Call {nameof(StartAsync)} first.");
    }

    private TimeoutException Late(string what) => new(string.Create(
        CultureInfo.InvariantCulture, $"Waited {WaitLimit.TotalSeconds} s for {what}.{StateText.Of(Control.GetStreams())}"));
}
