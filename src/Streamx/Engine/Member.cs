namespace Streamx.Engine;

/// <summary>The state of one subscription. What changes is guarded by the core's lock.</summary>
internal sealed class Member<T>(string name, SubscriptionMode mode, long joinedAt)
{
    /// <summary>The progress while no run is handed out.</summary>
    private const long NoRun = -1;

    /// <summary>How many values in hand were settled otherwise, when it had finished <see cref="_settledAt"/> values.</summary>
    private int _settledInHand;

    /// <inheritdoc cref="_settledInHand"/>
    private long _settledAt;

    /// <summary>Written without the lock: the reader's steps within a run. See <see cref="TryAdvanceInRun"/>.</summary>
    private ReaderLine _line = new() { Progress = NoRun };

    /// <summary>The subscription's name.</summary>
    internal string Name { get; } = name;

    /// <summary>Whether it sees every value and gates, or only the newest.</summary>
    internal SubscriptionMode Mode { get; } = mode;

    /// <summary>Whether puts wait for it.</summary>
    internal bool Gates => Mode == SubscriptionMode.Every;

    /// <summary>Observes its reads; null for none. Set before it is read.</summary>
    internal ReadObserver? Observer { get; set; }

    /// <summary>The number of the stream's values behind it. For <c>Every</c> also the position of the next one to finish.</summary>
    internal long Position { get; set; } = joinedAt;

    /// <summary>The position up to which it has taken values (<c>Every</c>): finished, in hand, and in its run.</summary>
    internal long Taken { get; set; } = joinedAt;

    /// <summary>The values it has taken, if it may finish them in any order; null for a member that finishes them in order.</summary>
    internal UnfinishedValues? Unfinished { get; set; }

    /// <summary>How many values it has finished while an older one is unfinished.</summary>
    internal int FinishedAhead { get; set; }

    /// <summary>How many values it has taken and not begun.</summary>
    internal int NotBegun { get; set; }

    /// <summary>The position of the next value to take: behind it are those finished, in hand, and not begun.</summary>
    internal long NextToTake => Position + Held + NotBegun + FinishedAhead;

    /// <summary>How many values it has in hand.</summary>
    internal int Held { get; set; }

    /// <summary>When it got what it has in hand. Written by its reader, also without the lock.</summary>
    internal long HeldSince
    {
        get => Volatile.Read(ref _line.HeldSince);
        set => Volatile.Write(ref _line.HeldSince, value);
    }

    /// <summary>How many values it finished.</summary>
    internal long Finished { get; set; }

    /// <summary>How many values it held when it left.</summary>
    internal long Abandoned { get; set; }

    /// <summary>
    /// How many values it settled otherwise than by handling them, such as by skipping them: finished, in hand or abandoned.
    /// </summary>
    internal long SettledOtherwise { get; private set; }

    /// <summary>How many of those it has in hand, or had in hand when it left. Not for a member that finishes in any order.</summary>
    internal int SettledInHand => _settledAt == Finished ? _settledInHand : 0;

    /// <summary>How many values it jumped over (<c>Latest</c>).</summary>
    internal long Overtaken { get; set; }

    /// <summary>Time, in clock ticks, that heads of the put queue waited for it.</summary>
    internal long GatingTicks { get; set; }

    /// <summary>The value waiting for it (<c>Latest</c>).</summary>
    internal T Newest { get; set; } = default!;

    /// <summary>Whether <see cref="Newest"/> waits for it.</summary>
    internal bool HasNewest { get; set; }

    /// <summary>The read that waits for a value.</summary>
    internal SubscriptionReader<T>? WaitingRead { get; set; }

    /// <summary>Whether a run is handed out: values its reader may go through without the lock.</summary>
    internal bool HasRun { get; set; }

    /// <summary>Whether it has left; it is then no longer a member.</summary>
    internal bool HasLeft { get; set; }

    /// <summary>The cancelled token that made it leave, if one did.</summary>
    internal CancellationToken LeftBecauseOf { get; set; }

    /// <summary>Whether it subscribed after the end, so that it never was a member.</summary>
    internal bool JoinedAfterEnd { get; set; }

    /// <summary>Whether a read has returned the end of the stream.</summary>
    internal bool ReachedEnd { get; set; }

    /// <summary>How many values had been accepted when it left, or when it joined after the end.</summary>
    internal long AcceptedAtEnd { get; set; }

    /// <summary>
    /// Notes that values in hand are settled otherwise than by handling them. Needs the lock, and the progress of its run.
    /// </summary>
    internal void SettleOtherwise(int count)
    {
        (_settledInHand, _settledAt) = (SettledInHand + count, Finished);
        SettledOtherwise += count;
    }

    /// <summary>Notes that a value is settled otherwise than by handling it, and finished at once. Needs the lock.</summary>
    internal void SettleOtherwise() => SettledOtherwise++;

    /// <summary>Hands out a run, which begins with the value in hand. Needs the lock.</summary>
    internal void BeginRun()
    {
        HasRun = true;
        Volatile.Write(ref _line.Progress, Position);
    }

    /// <summary>Revokes the run, and gives the position that its reader has reached. Needs the lock.</summary>
    /// <remarks>
    /// Afterwards the reader cannot advance in it any more: a step either came before, and shows in the result, or fails.
    /// </remarks>
    internal long EndRun()
    {
        HasRun = false;
        return Interlocked.Exchange(ref _line.Progress, NoRun);
    }

    /// <summary>The position that the reader has reached in its run. Needs the lock.</summary>
    internal long RunProgress => Volatile.Read(ref _line.Progress);

    /// <summary>Finishes the value in hand and takes the next one of the run, in one step and without the lock.</summary>
    /// <param name="position">The position of the value in hand.</param>
    /// <returns>False when the run has been revoked.</returns>
    /// <remarks>A full fence: what the reader reads next is not older than this step.</remarks>
    internal bool TryAdvanceInRun(long position) =>
        Interlocked.CompareExchange(ref _line.Progress, position + 1, position) == position;
}
