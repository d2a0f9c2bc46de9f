using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Remote.Reporting;

/// <summary>
/// Reports on the consumers of this process while another process asks, and receives the reports of the others while this one does.
/// </summary>
/// <remarks>
/// <para>A question counts for some seconds and is repeated while it is wanted, so no process has to say that it has ceased to watch. While
/// no process asks, this one holds a session and sends nothing.</para>
/// <para>Nothing depends on it: whatever fails here is logged for developers, and tried again later.</para>
/// </remarks>
internal sealed class ProcessReports
{
    /// <summary>How long a question counts, and a request for one.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>The time between two reports, and at least between two questions.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>The wait before a session is opened again.</summary>
    private static readonly TimeSpan s_reopen = TimeSpan.FromSeconds(5);

    private readonly HostedStream _stream;
    private readonly IStreamTransport _transport;
    private readonly Func<string, bool> _isActive;
    private readonly Func<IReadOnlyList<StreamxRemoteName>?> _names;
    private readonly ReportedProcesses _heard;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    /// <summary>Set when there may be something to send.</summary>
    private readonly AsyncAutoResetEvent _signal = new();

    /// <summary>Until when another process wants reports, as a reading of the clock.</summary>
    private long _askedUntil = long.MinValue;

    /// <summary>Until when this process wants reports.</summary>
    private long _wantedUntil = long.MinValue;

    /// <summary>Prepares the reports of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="transport">What carries it.</param>
    /// <param name="clock">The stream's clock.</param>
    /// <param name="isActive">Whether a consumer's values come to this process.</param>
    /// <param name="names">All durable consumers where this process leads; null elsewhere.</param>
    /// <param name="logger">Logs why there are no reports.</param>
    internal ProcessReports(
        HostedStream stream,
        IStreamTransport transport,
        TimeProvider clock,
        Func<string, bool> isActive,
        Func<IReadOnlyList<StreamxRemoteName>?> names,
        ILogger logger)
    {
        (_stream, _transport, _clock, _isActive, _names, _logger) = (stream, transport, clock, isActive, names, logger);
        _heard = new ReportedProcesses(transport.Instance ?? "", clock);
    }

    /// <summary>What the other processes have reported.</summary>
    internal IReadOnlyList<StreamxProcessReport> Heard => _heard.Snapshot();

    /// <summary>Wants reports for some seconds.</summary>
    internal void Request()
    {
        Volatile.Write(ref _wantedUntil, SoonAsTimestamp());
        _signal.Set();
    }

    /// <summary>Sends and receives reports as they are asked for. Nothing waits for its end.</summary>
    /// <param name="over">Ends when this process has nothing left to do for the stream.</param>
    internal void Start(Task over)
    {
        // The others could not tell the reports of a process without a name from those of another.
        if (_transport.Instance is not { Length: > 0 } instance) return;
        _ = AmbientState.RunApart(() => RunAsync(new ReportWriter(instance), over));
    }

    /// <summary>Runs until it is over. It does not fault.</summary>
    private async Task RunAsync(ReportWriter writer, Task over)
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync(writer, stop.Token);
        await Task.WhenAny(running, over).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
    }

    private async Task RunAsync(ReportWriter writer, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var session = await _transport.OpenReportsAsync(OnAsked, report => _heard.Note(report.Span), stop).ConfigureAwait(false);
                await using (session.ConfigureAwait(false)) await RunAsync(session, writer, stop).ConfigureAwait(false);
            }
            catch (NotSupportedException refusal)
            {
                Log.ReportsUnavailable(_logger, _stream.Name, refusal.Message);
                return;
            }
            catch (Exception error)
            {
                if (!stop.IsCancellationRequested) Log.ReportsUnavailable(_logger, _stream.Name, ErrorText.Of(error));
            }

            await Task.Delay(s_reopen, _clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Uses a session until it is lost, or this is stopped.</summary>
    private async Task RunAsync(IReportSession session, ReportWriter writer, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var sending = SendAsync(session, writer, ended.Token);
        if (await Task.WhenAny(sending, session.WhenLost).ConfigureAwait(false) == session.WhenLost)
        {
            Log.ReportsUnavailable(_logger, _stream.Name, ErrorText.Of(await session.WhenLost.ConfigureAwait(false)));
            await ended.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            await sending.ConfigureAwait(false);
        }
    }

    private async Task SendAsync(IReportSession session, ReportWriter writer, CancellationToken cancellationToken)
    {
        var samples = new BusySamples(_stream.Consumers);
        while (true)
        {
            await _signal.WaitAsync(cancellationToken).ConfigureAwait(false);
            while (IsBefore(ref _wantedUntil) || IsBefore(ref _askedUntil))
            {
                if (IsBefore(ref _wantedUntil)) await session.AskAsync(cancellationToken).ConfigureAwait(false);
                await SampleAsync(samples, cancellationToken).ConfigureAwait(false);
                var consumers = samples.Describe(_isActive);
                if (IsBefore(ref _askedUntil) && writer.Write(consumers, _names()) is { } report)
                    await session.ReportAsync(report, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Samples the consumers for a second, if another process asks; otherwise only waits.</summary>
    private async Task SampleAsync(BusySamples samples, CancellationToken cancellationToken)
    {
        var since = _clock.GetTimestamp();
        while (_clock.GetElapsedTime(since) is var elapsed && elapsed < s_interval)
        {
            var isAsked = IsBefore(ref _askedUntil);
            if (isAsked) samples.Take();
            await Task.Delay(isAsked ? BusySamples.Pause : s_interval - elapsed, _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private void OnAsked()
    {
        Volatile.Write(ref _askedUntil, SoonAsTimestamp());
        _signal.Set();
    }

    private long SoonAsTimestamp() => _clock.GetTimestamp() + (long)(s_patience.TotalSeconds * _clock.TimestampFrequency);

    private bool IsBefore(ref long timestamp) => _clock.GetTimestamp() < Volatile.Read(ref timestamp);
}
