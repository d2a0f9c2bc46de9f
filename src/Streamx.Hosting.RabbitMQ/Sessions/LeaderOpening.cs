using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Waits for the right to lead a stream, and asks its consumers where they are.</summary>
/// <param name="connection">The connection, which is the session's from then on.</param>
/// <param name="stream">The stream's name.</param>
/// <param name="topology">The names of exchanges and queues.</param>
/// <param name="options">How the stream is carried.</param>
/// <param name="clock">The clock.</param>
/// <param name="memory">What this process remembers of the stream.</param>
/// <param name="metrics">The metrics; null to measure nothing.</param>
/// <param name="onAmiss">Called with what is wrong at the broker.</param>
internal sealed class LeaderOpening(
    BrokerConnection connection, string stream, Topology topology, RabbitMqOptions options, TimeProvider clock, StreamMemory memory,
    RabbitMqMetrics? metrics, Action<string> onAmiss)
{
    /// <summary>Called if another process leads; null for no handler.</summary>
    internal Action? OnAnotherLeads { get; init; }

    /// <summary>What a step that fails was to do.</summary>
    private const string Leading = "Preparing to lead";

    /// <summary>Called with whether this process waits for the right to lead.</summary>
    internal required Action<bool> SetStandby { get; init; }

    /// <summary>Registers consumers.</summary>
    internal required Func<IReadOnlyCollection<string>, Task> Register { get; init; }

    /// <summary>Joins as a consumer that has no process.</summary>
    internal required Func<string, Task<IAsyncDisposable>> JoinAs { get; init; }

    /// <summary>How long announcements of processes are waited for before values are combined.</summary>
    internal TimeSpan Listening { get; init; } = CombinedReaders.Listening;

    /// <summary>Opens the session.</summary>
    /// <param name="cancellationToken">Gives up, also while another process leads.</param>
    internal async Task<LeadSession> OpenAsync(CancellationToken cancellationToken)
    {
        // Values and the lease on one channel: a process that has lost the lease has lost the channel.
        var channel = await connection.RunAsync(() => connection.OpenChannelAsync(confirms: true), Leading).ConfigureAwait(false);
        var control = await connection.RunAsync(() => connection.OpenChannelAsync(confirms: false), Leading).ConfigureAwait(false);
        var declarations = new Declarations(connection, topology, memory, onAmiss, options.DeclareTopology);
        CombinedReaders? readers = null;
        if (options.DeclareTopology)
        {
            await connection.RunAsync(
                () => StreamAnnouncements.ListenAsync(connection, topology, memory, topology.Lock, OnMade), Leading).ConfigureAwait(false);
        }

        var (tokens, waiting) = await connection.RunAsync(() => declarations.LockStateAsync(control), Leading).ConfigureAwait(false);
        Lease lease;
        try
        {
            if (waiting > 0) OnAnotherLeads?.Invoke();
            // A mere query whether another process has the lease could miss one that is about to take it: two that start at once.
            // The highest known epoch, and never a clock: another process's may have been ahead. Consumers that have seen a newer one
            // report it.
            lease = await Lease.TakeAsync(
                connection, channel, topology, tokens == 0 && waiting == 0, memory.NextEpoch, () => SetStandby(true),
                () => connection.RunAsync(declarations.NoteArrivalAsync, "Looking for ends of the stream"), clock, onAmiss,
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            SetStandby(false);
        }

        var highest = memory.Highest;
        memory.NoteStream(lease.Token.StreamId, lease.Token.Epoch);
        memory.NoteNumber(lease.Token.Epoch, sequence: 0);
        await connection.RunAsync(() => AgreeOnEndsAsync(lease, channel, declarations), Leading).ConfigureAwait(false);
        // A broker that has lost the stream has lost its registered consumers as well.
        if (lease.Before.BegunEpoch == 0) await Register(memory.Names).ConfigureAwait(false);
        var (positions, processes) = (new ConsumerPositions(clock), new ConsumerProcesses(clock));
        readers = new CombinedReaders(positions, Listening, clock, onAmiss);
        var inbox = await connection.RunAsync(
            () => LeaderInbox.OpenAsync(
                connection, control, topology, positions, processes, readers, lease.Token.StreamId, lease.Token.Epoch, memory, onAmiss,
                options.DeclareTopology),
            Leading).ConfigureAwait(false);
        var messages = new LeaderMessages(connection, channel, topology, lease, memory, clock)
        {
            Measure = metrics is null ? null : (time, error) => metrics.OnConfirm(stream, time, error),
        };
        if (options.CombineValues) messages.Combine(options.MaxValueBytes, () => readers.All);
        var registry = new ConsumerRegistry(connection, control, topology, onAmiss);
        var members = new LeaderConsumers(connection, lease, registry, memory, positions, processes, onAmiss);
        var session = new LeadSession(
            connection, channel, topology, options, clock, lease, inbox, declarations, messages, members, positions, processes)
        {
            // Where the broker knows no number, those that this process has heard of count.
            HighestReceived = lease.Before.BegunEpoch == 0 ? highest : 0,
            HasEnded = lease.Token.Ends > memory.EndsBefore(lease.Token.StreamId, lease.Token.Ends),
            EndsAt = lease.Token.EndsAt == 0 ? null : lease.Token.EndsAt,
        };
        await session.SyncAsync(JoinAs, cancellationToken).ConfigureAwait(false);
        // Of an earlier id of the stream, which the processes that are left may know only in part.
        if (lease.Before.BegunEpoch == 0 && session.HighestReceived > 0) session.HighestReceived += StreamMemory.NumberMargin;
        return session;

        // A consumer of an earlier version is heard of before its queue is bound, and gets no message that it does not read.
        void OnMade(string queue)
        {
            if (topology.ConsumerOf(queue) is { } name) readers?.OnMentioned(name);
        }
    }

    /// <summary>Token and queue of ends agree on how many ends have been decided: where one has been lost, the longer counts.</summary>
    private static async Task AgreeOnEndsAsync(Lease lease, IChannel channel, Declarations declarations)
    {
        if (await declarations.Ends.CountAsync(channel, lease.Token.Ends).ConfigureAwait(false) is { } ends)
        {
            lease.Correct(token => ends <= token.Ends ? token : token with { Ends = ends, EndsAt = 0 });
            await declarations.Ends.AddAsync(channel, lease.Token.Ends - ends).ConfigureAwait(false);
        }
        else if (lease.Before.BegunEpoch == 0)
        {
            await declarations.Ends.AddAsync(channel, lease.Token.Ends + 1).ConfigureAwait(false);
        }
        else
        {
            await declarations.Ends.RestoreAsync(channel, lease.Token.Ends).ConfigureAwait(false);
        }
    }
}
