using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>A connection that ends with the first error on it.</summary>
/// <remarks>
/// The client's own recovery is off: it would restore consumers and channels without regard to leadership and epochs. A step that
/// failed or timed out leaves its channel in an unknown state, so it must end the connection: a consumer left behind on it would
/// hold up the stream for every consumer.
/// </remarks>
internal sealed class BrokerConnection : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly TimeSpan _timeout;
    private readonly Action<BrokerConnection, string?>? _onBlocked;

    /// <summary>Whether the broker may have given the connection up.</summary>
    private readonly BrokerContact _contact;

    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();

    /// <summary>The error that ended it; null while it lasts.</summary>
    private Exception? _cause;

    /// <summary>Ends when the connection has been closed.</summary>
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the broker takes messages.</summary>
    private readonly BlockedState _blocked = new();

    /// <summary>Takes over a connection of the client's.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="timeout">How long a step may take.</param>
    /// <param name="clock">Shows how long ago the broker last answered.</param>
    /// <param name="onBlocked">Called with the reason when the broker takes no messages on it, with null when it does again; null for no
    /// handler.</param>
    internal BrokerConnection(IConnection connection, TimeSpan timeout, TimeProvider clock, Action<BrokerConnection, string?>? onBlocked)
    {
        _onBlocked = onBlocked;
        _connection = connection;
        _timeout = timeout;
        _contact = new BrokerContact(connection.Heartbeat, clock);
        Ended = _ended.Token;
        connection.ConnectionShutdownAsync += OnShutdownAsync;
        connection.ConnectionBlockedAsync += (_, blocked) => SetBlocked(blocked.Reason);
        connection.ConnectionUnblockedAsync += (_, _) => SetBlocked(null);
        // The connection may have been shut down before the handler was attached.
        if (connection.CloseReason is { } reason) Fail(StepFailure.Of(reason));
        _ = _contact.KeepAsync(this);
        _ = _contact.WatchAsync(this);
    }

    /// <summary>Ends with the connection, and gives the reason. It does not fault.</summary>
    internal Task<Exception> WhenLost => _lost.Task;

    /// <summary>How often both sides send a heartbeat. The broker gives a process up after two intervals without one.</summary>
    internal TimeSpan Heartbeat => _connection.Heartbeat;

    /// <summary>Cancelled when the connection has ended.</summary>
    internal CancellationToken Ended { get; }

    /// <summary>
    /// Whether the connection lasts, so that the broker gives its messages to no other process. It ends here before the broker can have
    /// given it up: this process may be the last to hear of that.
    /// </summary>
    internal bool Lasts
    {
        get
        {
            if (Volatile.Read(ref _cause) is null && _contact.IsTooOld(IsBlocked, out var age))
            {
                Fail(
                    new TransportException(
                        $"For {age.TotalSeconds:0.0} s this process was stopped, or the broker did not answer in time: it may have given "
                        + "the place of the process to another."));
            }

            return Volatile.Read(ref _cause) is null;
        }
    }

    /// <summary>How long a step may take.</summary>
    internal TimeSpan Timeout => _timeout;

    /// <summary>The broker's version.</summary>
    internal Version ServerVersion
    {
        get
        {
            var text = _connection.ServerProperties?.TryGetValue("version", out var value) == true && value is byte[] bytes
                ? System.Text.Encoding.UTF8.GetString(bytes)
                : "";
            return Version.TryParse(text.Split('-', '+')[0], out var version) ? version : new Version(0, 0);
        }
    }

    /// <summary>Opens a channel. When it ends, the connection ends.</summary>
    /// <param name="confirms">Whether a publish waits until it is confirmed.</param>
    internal async Task<IChannel> OpenChannelAsync(bool confirms)
    {
        // No limiter of outstanding publishes: the window limits them.
        var channel = await _connection.CreateChannelAsync(
            new CreateChannelOptions(confirms, confirms, outstandingPublisherConfirmationsRateLimiter: null), Ended).ConfigureAwait(false);
        channel.ChannelShutdownAsync += OnShutdownAsync;
        if (channel.CloseReason is { } reason) Fail(StepFailure.Of(reason));
        return channel;
    }

    /// <summary>
    /// Opens a channel for a query that the broker may answer by closing the channel, as for a queue that does not exist.
    /// </summary>
    internal Task<IChannel> OpenProbeAsync() => _connection.CreateChannelAsync(options: null, Ended);

    /// <summary>Ends the connection because of an error on it.</summary>
    internal void Fail(Exception error)
    {
        if (Interlocked.CompareExchange(ref _cause, error, null) is not null) return;
        _lost.TrySetResult(error);
        _ = EndAsync();
    }

    /// <summary>Runs a step: any failure of it ends the connection, and so does a timeout.</summary>
    /// <exception cref="TransportException">The step failed.</exception>
    internal async Task RunAsync(Func<Task> step, string what, TimeSpan? timeout = null)
    {
        try
        {
            await WaitAsync(step(), timeout is { } shorter && shorter < _timeout ? shorter : _timeout).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw Lost(error, what);
        }
    }

    /// <inheritdoc cref="RunAsync(Func{Task}, string, TimeSpan?)"/>
    internal async Task<T> RunAsync<T>(Func<Task<T>> step, string what)
    {
        try
        {
            var running = step();
            await WaitAsync(running, _timeout).ConfigureAwait(false);
            return await running.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw Lost(error, what);
        }
    }

    /// <summary>
    /// Waits for a step. A broker that has reported that it takes no messages is not late: the timeout starts again when it takes them.
    /// </summary>
    /// <exception cref="TimeoutException">It was not complete in time. It goes on.</exception>
    internal async Task WaitAsync(Task step, TimeSpan timeout)
    {
        while (true)
        {
            try
            {
                await step.WaitAsync(timeout, Ended).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException) when (!step.IsCompleted && _blocked.WhenOver is { IsCompleted: false } over)
            {
                await Task.WhenAny(step, over).WaitAsync(Ended).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Enters a semaphore of this process, however long others are in it, unless the connection ends before.</summary>
    /// <exception cref="TransportException">The connection has ended: a broker may end it as soon as it is open, as for a virtual host
    /// that does not exist.</exception>
    internal async Task EnterAsync(SemaphoreSlim semaphore)
    {
        try
        {
            await semaphore.WaitAsync(Ended).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw await WhenLost.ConfigureAwait(false);
        }
    }

    /// <summary>Whether the broker takes no messages.</summary>
    internal bool IsBlocked => _blocked.Reason is not null;

    /// <summary>Waits until the broker takes messages, for what need not be done before.</summary>
    internal Task WhenUnblockedAsync() => _blocked.WhenOver.WaitAsync(Ended);

    private Task SetBlocked(string? reason)
    {
        if (reason is null && IsBlocked) _contact.Restart();
        if (_blocked.Set(reason)) _onBlocked?.Invoke(this, reason);
        return Task.CompletedTask;
    }

    /// <summary>Closes the connection: the broker still takes what was sent before.</summary>
    public async ValueTask DisposeAsync()
    {
        Fail(new TransportException("The connection has been given up."));
        await _closed.Task.ConfigureAwait(false);
    }

    /// <summary>How long closing the connection waits for a broker that does not answer.</summary>
    private static readonly TimeSpan s_closing = TimeSpan.FromSeconds(3);

    private string? Blocked => _blocked.Reason is { } reason ? $" It takes no messages for now: {reason}." : null;

    private TransportException Lost(Exception error, string what)
    {
        if (error is TransportException known) Fail(known);
        else Fail(new TransportException($"{what} failed: {StepFailure.Describe(error)}{Blocked}", error));
        // The first error is the cause; later ones are consequences.
        return _cause is TransportException first
            ? first
            : new TransportException($"{what} failed: {StepFailure.Describe(error)}", error);
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        Fail(StepFailure.Of(reason));
        return Task.CompletedTask;
    }

    private async Task EndAsync()
    {
        try
        {
            await _ended.CancelAsync().ConfigureAwait(false);
            // Abort also sends the close, behind everything else; it only does not insist on the answer.
            await _connection.CloseAsync(
                Constants.ReplySuccess, "Goodbye", _timeout < s_closing ? _timeout : s_closing, abort: true).ConfigureAwait(false);
            // The client waits here for an answer that a dead network never brings. Nothing but memory is left by then.
            await _connection.DisposeAsync().AsTask().WaitAsync(s_closing).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The connection is gone either way; the broker notices when no heartbeat comes any more.
        }
        finally
        {
            _ = SetBlocked(null);
            _closed.TrySetResult();
        }
    }
}
