using Streamx.Tests.Exploration.Scheduling;

namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A consumer, which writes down what it sees.</summary>
/// <param name="world">The world it lives in.</param>
/// <param name="subscription">Its subscription.</param>
/// <param name="reader">What reads it.</param>
/// <param name="mode">Which values it wants.</param>
/// <param name="subscribeAsked">When subscribing began.</param>
internal sealed class Consumer(World world, IExploredSubscription subscription, IAsyncEnumerator<int[]> reader, SubscriptionMode mode, long subscribeAsked)
{
    /// <summary>When subscribing began.</summary>
    internal long SubscribeAsked { get; } = subscribeAsked;

    /// <summary>When it was subscribed.</summary>
    internal long Subscribed { get; } = world.Tick();

    /// <summary>Which values it wants.</summary>
    internal SubscriptionMode Mode { get; } = mode;

    /// <summary>The values it got.</summary>
    internal List<Receipt> Received { get; } = [];

    /// <summary>When it first asked to leave, or its token was first cancelled.</summary>
    internal long? LeaveAsked { get; private set; }

    /// <summary>How its reading ended.</summary>
    internal ReadEnd End { get; private set; }

    /// <summary>When its last read was asked for.</summary>
    internal long? LastReadAsked { get; private set; }

    /// <summary>When its reading ended.</summary>
    internal long? EndedAt { get; private set; }

    /// <summary>How many reads wait.</summary>
    internal int WaitingReads { get; private set; }

    /// <summary>How many values a waiting read wants at least, while more may come.</summary>
    internal int Needed { get; init; } = 1;

    /// <summary>How many values a read gives at most.</summary>
    internal int MaxSize { get; init; } = 1;

    /// <summary>How many values it may have in hand, to finish them in any order; zero if asking for the next finishes the last.</summary>
    internal int Slots { get; init; }

    /// <summary>Finishes a number in any order.</summary>
    internal Func<int, bool>? FinishNumber { get; init; }

    /// <summary>Begins a number that was taken; null if what is taken is begun.</summary>
    internal Func<int, bool>? BeginNumber { get; init; }

    /// <summary>Finishes a number and begins another that was taken, in one step.</summary>
    internal Func<int, int, bool>? FinishThenBeginNumbers { get; init; }

    /// <summary>How many values it has taken and not finished.</summary>
    internal int Unfinished => Received.Count(receipt => receipt.FinishAsked is null);

    /// <summary>How many reads were refused because another was going on.</summary>
    internal int Misuses { get; private set; }

    /// <summary>Where it is, or was when it left.</summary>
    internal SubscriptionSnapshot Snapshot => subscription.GetSnapshot();

    /// <summary>Asks for what comes next; false at the end.</summary>
    internal async Task<bool> ReadAsync()
    {
        world.Boundary();
        var asked = world.Tick();
        LastReadAsked = asked;
        Finish(asked);
        try
        {
            WaitingReads++;
            var moved = reader.MoveNextAsync();
            // Also what another read of this enumerator, one too many, took while this one was about to begin.
            if (!moved.IsFaulted) Finish(asked);
            if (await moved)
            {
                Take();
                return true;
            }

            EndWith(ReadEnd.End);
        }
        catch (StreamFaultedException error)
        {
            world.CheckFault(error);
            EndWith(ReadEnd.Fault);
        }
        catch (OperationCanceledException)
        {
            EndWith(ReadEnd.Cancelled);
        }
        catch (InvalidOperationException)
        {
            Misuses++;
        }
        finally
        {
            WaitingReads--;
        }

        return false;
    }

    /// <summary>Begins a value that was taken.</summary>
    /// <returns>False when it has left: it never got the value.</returns>
    internal bool Begin(int value)
    {
        world.Boundary();
        var receipt = Received.Find(receipt => receipt.Value == value)!;
        var begins = BeginNumber!(value);
        FindingException.Unless(begins || LeaveAsked is not null, $"{value} could not be begun: {this}.");
        return receipt.IsBegun = begins;
    }

    /// <summary>Finishes a value that was begun and begins one that was taken, in one step, then finishes that.</summary>
    internal void HandleInOneStep(int value, int next)
    {
        world.Boundary();
        var (receipt, begun) = (Received.Find(receipt => receipt.Value == value)!, Received.Find(receipt => receipt.Value == next)!);
        receipt.FinishAsked = world.Tick();
        var both = FinishThenBeginNumbers!(value, next);
        FindingException.Unless(both || LeaveAsked is not null, $"{value} could not be finished or {next} could not be begun: {this}.");
        begun.IsBegun = both;
        if (both) Finish(next);
    }

    /// <summary>Begins a value that was taken, and finishes it.</summary>
    internal void Handle(int value)
    {
        if (Begin(value)) Finish(value);
    }

    /// <summary>Finishes a value that was taken, in any order.</summary>
    internal void Finish(int value)
    {
        world.Boundary();
        var receipt = Received.Find(receipt => receipt.Value == value)!;
        var asked = world.Tick();
        receipt.FinishAsked = asked;
        var counts = FinishNumber!(value);
        FindingException.Unless(counts || LeaveAsked is not null, $"{value} could not be finished: {this}.");
    }

    /// <summary>Reads to the end, and finishes the values in hand, the newest first, whenever there are so many.</summary>
    internal async Task WorkToEndAsync(int inHand)
    {
        var more = true;
        while (more)
        {
            do more = await ReadAsync();
            while (more && Unfinished < inHand);
            while (Received.FindLast(receipt => receipt.FinishAsked is null) is { } newest)
            {
                if (!newest.IsBegun && !Begin(newest.Value)) return;
                Finish(newest.Value);
            }
        }
    }

    /// <summary>Reads a number of times, or to the end.</summary>
    internal async Task ReadAsync(int times)
    {
        for (var i = 0; i < times && await ReadAsync(); i++)
        {
            // The record is all that counts.
        }
    }

    /// <summary>Reads to the end.</summary>
    internal Task ReadToEndAsync() => ReadAsync(int.MaxValue);

    /// <summary>Leaves by disposing the enumerator.</summary>
    internal async Task LeaveAsync()
    {
        world.Boundary();
        LeaveAsked ??= world.Tick();
        await reader.DisposeAsync();
    }

    /// <summary>Leaves by disposing the subscription.</summary>
    internal async Task DisposeAsync()
    {
        world.Boundary();
        LeaveAsked ??= world.Tick();
        await subscription.DisposeAsync();
    }

    /// <summary>Leaves because its token is cancelled.</summary>
    internal void Cancel(CancellationRecord cancellation)
    {
        LeaveAsked ??= world.Tick();
        world.Cancel(cancellation);
    }

    public override string ToString() =>
        $"{subscription.Name}: subscribed {SubscribeAsked}..{Subscribed}, got [{string.Join(", ", Received.Select(r => $"{r.Value} at {r.At} finished {r.FinishAsked}"))}], leaves {LeaveAsked}, {End} at {EndedAt}, misused {Misuses} times";

    /// <summary>Writes down what the last read gave.</summary>
    private void Take()
    {
        var numbers = reader.Current;
        FindingException.Unless(numbers.Length >= 1 && numbers.Length <= MaxSize, $"{numbers.Length} values at once are not between 1 and {MaxSize}.");
        foreach (var number in numbers)
        {
            FindingException.Unless(number != 0, $"{subscription.Name} received a value that had been let go of.");
            Received.Add(new Receipt(number, world.Tick()) { IsBegun = BeginNumber is null });
        }

        FindingException.Unless(Slots == 0 || Unfinished <= Slots, $"More than {Slots} values are unfinished: {this}.");
    }

    private void Finish(long asked)
    {
        if (Slots > 0) return;
        foreach (var receipt in Received) receipt.FinishAsked ??= asked;
    }

    private void EndWith(ReadEnd end)
    {
        if (End != ReadEnd.None) FindingException.Unless(End == end, $"{subscription.Name} was told {End} first, then {end}.");
        End = end;
        EndedAt ??= world.Tick();
    }
}
