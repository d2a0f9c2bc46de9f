using System.Security.Cryptography;
using System.Threading.Channels;
using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The right to lead: a token that this process holds unacknowledged.</summary>
/// <remarks>
/// The token is taken on the channel on which values are appended. When the broker gives it to the next in line, that channel has ended, so
/// nothing can be appended on it any more; and every value confirmed on it had reached every queue before. A copy holds the same content:
/// where the token or the copy has been deleted or purged, the other one counts.
/// </remarks>
internal sealed class Lease
{
    /// <summary>How often a process in line looks.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <summary>What a step that fails was to do.</summary>
    private const string Taking = "Taking the lease";

    private readonly BrokerConnection _connection;
    private readonly IChannel _channel;
    private readonly string _queue;
    private readonly TokenCopy _copy;
    private readonly Action<string> _onAmiss;

    /// <summary>Guards the writing of <see cref="Token"/>: consumers are taken in while the end is decided.</summary>
    private readonly Lock _writing = new();

    /// <summary>Tokens as they are delivered, from the first on.</summary>
    private readonly Channel<LeaseToken> _tokens = Channel.CreateUnbounded<LeaseToken>();

    /// <summary>The tag of the token that is held; zero for none. Used by the deliveries alone.</summary>
    private ulong _held;

    /// <summary>The epoch of the token that is held.</summary>
    private long _heldEpoch;

    private Lease(BrokerConnection connection, IChannel channel, Topology topology, Action<string> onAmiss)
    {
        var queue = topology.Lock;
        _copy = new TokenCopy(connection, channel, topology, onAmiss);
        _onAmiss = onAmiss;
        _connection = connection;
        _channel = channel;
        _queue = queue;
    }

    /// <summary>The token that was written last.</summary>
    internal LeaseToken Token { get; private set; } = new(Epoch: 0) { Names = [] };

    /// <summary>The epoch of the token that was written last; zero before this leader has written any.</summary>
    internal long WrittenEpoch { get; private set; }

    /// <summary>The number up to which, by the token that was written last, values were confirmed.</summary>
    internal long WrittenHead { get; private set; }

    /// <summary>The token that the leader before left behind.</summary>
    internal LeaseToken Before { get; private set; } = new(Epoch: 0);

    /// <summary>Waits for the lease, and takes a new epoch.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="channel">The channel that values will be appended on.</param>
    /// <param name="topology">The names of the queues.</param>
    /// <param name="isFree">Whether, as far as is known, no process holds the lease or waits for it.</param>
    /// <param name="lowest">
    /// Gives the lowest value that the new epoch may have, once the lease has been taken; its argument is whether the stream gets a new id.
    /// </param>
    /// <param name="inLine">Called once this process is in line for the lease.</param>
    /// <param name="arrive">Finds out what can be known of the stream before this process leads. Called until it leads.</param>
    /// <param name="clock">Paces those calls.</param>
    /// <param name="onAmiss">Called with what is wrong with the queue.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    internal static async Task<Lease> TakeAsync(
        BrokerConnection connection, IChannel channel, Topology topology, bool isFree, Func<bool, long> lowest, Action inLine,
        Func<Task> arrive, TimeProvider clock, Action<string> onAmiss, CancellationToken cancellationToken)
    {
        var lease = new Lease(connection, channel, topology, onAmiss);
        // The very first token. If two processes write one, the process that leads acknowledges the other.
        if (isFree) await connection.RunAsync(() => lease.PublishAsync(lease.Token), Taking).ConfigureAwait(false);
        await connection.RunAsync(
            () => channel.BasicConsumeAsync(
                topology.Lock, autoAck: false, new DeliveryHandler(connection, channel, lease.OnTokenAsync), connection.Ended),
            Taking).ConfigureAwait(false);
        inLine();
        var first = await lease.NextAsync(arrive, clock, cancellationToken).ConfigureAwait(false);
        await lease.ClaimAsync(first, lowest, cancellationToken).ConfigureAwait(false);
        return lease;
    }

    /// <summary>Takes account of what other queues contain, without writing it.</summary>
    internal void Correct(Func<LeaseToken, LeaseToken> change)
    {
        lock (_writing) Token = change(Token);
    }

    /// <summary>Writes the token after a change; the token before is acknowledged once this one has come back.</summary>
    internal async Task WriteAsync(Func<LeaseToken, LeaseToken> change)
    {
        Task published;
        // One at a time, so that no change is lost, and the last token written is the newest.
        lock (_writing)
        {
            Token = change(Token) with { Revision = Token.Revision + 1 };
            published = Task.WhenAll(PublishAsync(Token), _copy.WriteAsync(Token));
        }

        await published.ConfigureAwait(false);
        WrittenEpoch = Token.Epoch;
        WrittenHead = Token.Head;
    }

    /// <summary>
    /// Marks the end of the queue, and takes account of every token before it: a leader that ended while it wrote left several.
    /// </summary>
    private async Task ClaimAsync(LeaseToken first, Func<bool, long> lowest, CancellationToken cancellationToken)
    {
        var epoch = Math.Max(lowest(false), first.Epoch + 1);
        List<LeaseToken> found = [first];
        var mark = new LeaseToken(epoch) { BegunEpoch = first.BegunEpoch };
        await _connection.RunAsync(() => PublishAsync(mark), Taking).ConfigureAwait(false);
        for (var next = await NextAsync(cancellationToken).ConfigureAwait(false);
            next.Epoch != epoch || next.Names is not null;
            next = await NextAsync(cancellationToken).ConfigureAwait(false))
            found.Add(next);
        var (copy, tag) = await _connection.RunAsync(_copy.ReadAsync, Taking).ConfigureAwait(false);
        if (copy is not null) found.Add(copy);
        Before = found[0];
        foreach (var token in found.Where(token => token.Names is not null))
            if (Before.Names is null || token.IsNewerThan(Before)) Before = token;
        if (Before.StreamId != 0 && (copy is null || found.TrueForAll(token => token == copy || token.StreamId == 0)))
        {
            _onAmiss(
                $"{(copy is null ? "The copy of the lease" : "The lease")} was missing; what the stream was is known from "
                + $"{(copy is null ? "the lease" : "its copy")}.");
        }

        Token = Before with
        {
            Epoch = Math.Max(Math.Max(epoch, lowest(Before.StreamId == 0)), found.Max(token => token.Epoch) + 1),
            // If the broker knows nothing of the stream, it is another stream, also to a process that led it before: the leader cannot
            // know how far other processes have come meanwhile. The id is one that every language reads from JSON without loss.
            StreamId = Before.StreamId != 0
                ? Before.StreamId
                : 1 + (RandomNumberGenerator.GetInt32(1 << 26) * (1L << 26)) + RandomNumberGenerator.GetInt32(1 << 26),
        };
        await _connection.RunAsync(() => WriteAsync(static token => token), Taking).ConfigureAwait(false);
        await _copy.ForgetAsync(tag).ConfigureAwait(false);
    }

    /// <summary>Restores both queues from the token, if one of them has been emptied.</summary>
    internal Task RestoreAsync() => WriteAsync(static token => token);

    /// <summary>Waits for the first token, and looks now and then meanwhile.</summary>
    private async Task<LeaseToken> NextAsync(Func<Task> arrive, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _connection.Ended);
        var next = _tokens.Reader.ReadAsync(either.Token).AsTask();
        while (!next.IsCompleted)
        {
            await ((Task)next).WaitAsync(s_look, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!next.IsCompleted) await arrive().ConfigureAwait(false);
        }

        return await next.ConfigureAwait(false);
    }

    private async Task<LeaseToken> NextAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _connection.Ended);
        return await _tokens.Reader.ReadAsync(either.Token).ConfigureAwait(false);
    }

    private Task PublishAsync(LeaseToken token) =>
        _channel.BasicPublishAsync(
            "", _queue, mandatory: true, Declarations.Durable(MessageTypes.Lease),
            ProtocolJson.Write(token, ProtocolJson.Default.LeaseToken), _connection.Ended).AsTask();

    private async Task OnTokenAsync(IncomingMessage incoming)
    {
        if (ProtocolJson.TryRead(incoming.Body, ProtocolJson.Default.LeaseToken) is not { } token)
        {
            _onAmiss(ForeignMessage.Describe(_queue, incoming.Properties, incoming.Body.Length));
            await _channel.BasicAckAsync(incoming.Tag, multiple: false, _connection.Ended).ConfigureAwait(false);
            return;
        }

        if (token.Names is null)
        {
            // A mark. The token before it stays, until there is a newer one with consumers.
            await _channel.BasicAckAsync(incoming.Tag, multiple: false, _connection.Ended).ConfigureAwait(false);
            _tokens.Writer.TryWrite(token);
            return;
        }

        // One token is held at any time: the newer one, so that the next in line finds it.
        var (release, isNewer) = token.Epoch >= _heldEpoch || _held == 0 ? (_held, true) : (incoming.Tag, false);
        if (isNewer) (_held, _heldEpoch) = (incoming.Tag, token.Epoch);
        if (release != 0) await _channel.BasicAckAsync(release, multiple: false, _connection.Ended).ConfigureAwait(false);
        _tokens.Writer.TryWrite(token);
    }
}
