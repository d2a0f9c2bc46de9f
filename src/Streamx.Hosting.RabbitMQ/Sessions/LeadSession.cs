using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The right to append to a stream, while it lasts.</summary>
internal sealed class LeadSession : ILeadSession
{
    /// <summary>How long a leader that finds nothing waits for consumers that are not registered.</summary>
    private static readonly TimeSpan s_discovery = TimeSpan.FromMilliseconds(300);

    private readonly BrokerConnection _connection;

    /// <summary>The channel that holds the lease.</summary>
    private readonly IChannel _channel;

    private readonly Topology _topology;
    private readonly RabbitMqOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lease _lease;

    /// <summary>The consumers' reports.</summary>
    private readonly LeaderInbox _inbox;

    private readonly Declarations _declarations;
    private readonly LeaderMessages _messages;
    private readonly LeaderConsumers _consumers;

    /// <summary>Joins as a consumer.</summary>
    private Func<string, Task<IAsyncDisposable>>? _joinAs;

    /// <summary>Consumers that had no live process when they were asked.</summary>
    private HashSet<string> _absent = [];

    /// <summary>Takes in changes of consumers, and renews the lease.</summary>
    private Task _housekeeping = Task.CompletedTask;

    /// <summary>Looks which consumers have a live process.</summary>
    private Task _watching = Task.CompletedTask;

    internal LeadSession(
        BrokerConnection connection,
        IChannel channel,
        Topology topology,
        RabbitMqOptions options,
        TimeProvider clock,
        Lease lease,
        LeaderInbox inbox,
        Declarations declarations,
        LeaderMessages messages,
        LeaderConsumers consumers,
        ConsumerPositions positions,
        ConsumerProcesses processes)
    {
        _connection = connection;
        _channel = channel;
        _topology = topology;
        _options = options;
        _clock = clock;
        _lease = lease;
        _inbox = inbox;
        _declarations = declarations;
        _messages = messages;
        _consumers = consumers;
        Positions = positions;
        Processes = processes;
    }

    /// <inheritdoc/>
    public long Epoch => _lease.Token.Epoch;

    /// <inheritdoc/>
    public long PreviousEpoch => _lease.Before.BegunEpoch;

    /// <inheritdoc/>
    public long StreamId => _lease.Token.StreamId;

    /// <inheritdoc/>
    public bool HasEnded { get; internal init; }

    /// <inheritdoc/>
    public long? EndsAt { get; internal init; }

    /// <summary>The number up to which the token says that values were confirmed.</summary>
    internal long Noted => _lease.WrittenHead;

    /// <inheritdoc/>
    public long LowestReceived { get; private set; }

    /// <inheritdoc/>
    public long HighestReceived { get; internal set; }

    /// <inheritdoc/>
    public ConsumerPositions Positions { get; }

    /// <inheritdoc/>
    public ConsumerProcesses Processes { get; }

    /// <inheritdoc/>
    public Task<Exception> WhenLost => _connection.WhenLost;

    /// <summary>Takes the registered consumers into the token, and asks each for its position.</summary>
    /// <param name="joinAs">Joins as a consumer whose processes are all gone, so that its queue answers.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">Not all of them could be asked in time.</exception>
    internal async Task SyncAsync(Func<string, Task<IAsyncDisposable>> joinAs, CancellationToken cancellationToken)
    {
        await _consumers.TakeInAsync().ConfigureAwait(false);
        // While no process led, an operator may have unbound them, or deleted the exchange.
        await _connection.RunAsync(
            () => _declarations.BindAsync(Positions.Snapshot().Keys), "Binding the queues of names").ConfigureAwait(false);
        if (_lease.Before.BegunEpoch == 0) await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        // Consumers that are asked forget that the stream has ended.
        if ((HasEnded && EndsAt is null) || Positions.Count == 0) return;
        var round = new SyncRound(Epoch, _inbox.Events, joinAs, _messages.AskAsync, _consumers.LookAsync, _clock);
        _joinAs = joinAs;
        _absent = round.AnsweredFor;
        var answers = await round.RunAsync(_options.SyncTimeout, cancellationToken).ConfigureAwait(false);
        var received = answers.Where(answer => answer.Received != Checkpoint.None).Select(answer => answer.Received).ToList();
        if (received.Count > 0) (LowestReceived, HighestReceived) = (received.Min(), Math.Max(HighestReceived, received.Max()));
        if (answers.Count > 0) HighestReceived = Math.Max(HighestReceived, answers.Max(answer => answer.Highest));
        HighestReceived = Math.Max(HighestReceived, _lease.Before.Head);
        foreach (var answer in answers.Where(answer => answer.Position != Checkpoint.None)) Positions.Report(answer.Name, answer.Position);
    }

    /// <summary>
    /// Where the broker knows nothing of the stream, asks whether there are consumers nevertheless: if the leader gave numbers without
    /// regard to them, they would drop what it appends.
    /// </summary>
    private async Task DiscoverAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _messages.AskWhetherAnyAsync().ConfigureAwait(false);
            using var patience = new CancellationTokenSource(s_discovery, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken, _connection.Ended);
            while (true)
            {
                var heard = await _inbox.Events.ReadAsync(either.Token).ConfigureAwait(false);
                await _consumers.AdoptAsync(heard.Name).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !_connection.Ended.IsCancellationRequested)
        {
            // No more consumers have answered. One that answers later is taken in then.
        }
    }

    /// <inheritdoc/>
    public async Task BeginAsync(long first)
    {
        await _connection.RunAsync(
            () => _lease.WriteAsync(token => token with { BegunEpoch = Epoch }), "Beginning an epoch").ConfigureAwait(false);
        if (Positions.Count > 0) await _messages.BeginAsync(first, HighestReceived).ConfigureAwait(false);
        // A consumer without a position has joined once this message is in its queue; it is, since it is confirmed.
        foreach (var (name, position) in Positions.Snapshot())
        {
            if (position != ConsumerPositions.Unknown) continue;
            if (_absent.Contains(name)) await PlaceAsync(name, first - 1).ConfigureAwait(false);
            Positions.Report(name, first - 1);
        }

        _messages.StartAt(first - 1);
        _housekeeping = new LeaderHousekeeping(
            _connection, _lease, _inbox, _messages, _consumers, Positions, _options.ConsumerTimeout, _clock).RunAsync();
        _watching = new ConsumerWatch(
            _connection, _topology, Positions, Processes, _messages.AskAsync, RestoreAsync, () => _messages.Confirmed, _clock).RunAsync();
    }

    /// <summary>
    /// Makes the first position of a consumer durable that has no process to do so: without it a later leader could not tell values that
    /// have been dropped from the consumer's queue from values that were never meant for it.
    /// </summary>
    private async Task PlaceAsync(string name, long position)
    {
        try
        {
            var session = await _joinAs!(name).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await Positions.WaitForAsync(name, position, _connection.Ended).WaitAsync(
                    LeaderMessages.QuestionTimeout, _clock, _connection.Ended).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is TransportException or TimeoutException or OperationCanceledException)
        {
            // A process of the consumer has come, and does it; or the consumer is being retired.
        }
    }

    /// <inheritdoc/>
    public Task AppendAsync(TransportValue value) => _messages.AppendAsync([value]);

    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<TransportValue> values) => _messages.AppendAsync(values);

    /// <inheritdoc/>
    public Task EndAsync(long sequence) => _connection.RunAsync(
        async () =>
        {
            // The token decides: if this process ends here, the next leader completes the queue.
            await _lease.WriteAsync(token => token with { Ends = token.Ends + 1, EndsAt = sequence }).ConfigureAwait(false);
            await _declarations.Ends.AddAsync(_channel, 1).ConfigureAwait(false);
        },
        "Deciding the end");

    /// <inheritdoc/>
    public async Task ReleaseAsync(bool closed, CancellationToken cancellationToken)
    {
        // Confirmed, so the token contains it before the next in line leads.
        await _connection.RunAsync(
            () => _lease.WriteAsync(token => _messages.Headed(token) with { EndsAt = closed ? 0 : token.EndsAt }),
            "Handing over").WaitAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _housekeeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Restores what an operator may have deleted.</summary>
    private Task RestoreAsync(IReadOnlyCollection<string> late) => _connection.RunAsync(
        async () =>
        {
            await _declarations.DeclareExchangesAsync(_inbox.ControlChannel).ConfigureAwait(false);
            await _inbox.BindAsync().ConfigureAwait(false);
            if (late.Count > 0) await _declarations.BindAsync(late).ConfigureAwait(false);
            await StreamAnnouncements.SendAsync(
                _connection, _inbox.ControlChannel, _topology, _messages.Headed(_lease.Token)).ConfigureAwait(false);
            if (await _declarations.LacksStateAsync().ConfigureAwait(false)) await _lease.RestoreAsync().ConfigureAwait(false);
            await _declarations.Ends.RestoreAsync(_channel, _lease.Token.Ends).ConfigureAwait(false);
        },
        "Looking what is there");
}
