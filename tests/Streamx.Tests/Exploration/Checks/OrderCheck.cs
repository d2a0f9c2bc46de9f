using Streamx.Tests.Exploration.Scenarios;
using Streamx.Tests.Exploration.Scheduling;
using static Streamx.Tests.Exploration.Scheduling.FindingException;

namespace Streamx.Tests.Exploration.Checks;

/// <summary>There is one total order of commits that explains all that was seen.</summary>
/// <remarks>
/// What <c>Every</c> consumers got fixes most places of the order; the others are tried. The order must agree with real time,
/// with first come first served, with the subscriptions at each time, and with the window.
/// </remarks>
internal static class OrderCheck
{
    internal static void Check(World world, StreamSnapshot snapshot)
    {
        if (world.Puts.Exists(put => put.PendingSince is null && put.Answered is null)) return; // In the middle of a call: only after a failure.
        var committed = world.Puts.Where(put => put.Result == PutResult.Committed).ToList();
        var partial = (int)snapshot.ValuesPut - committed.Count;
        if (partial == 0)
        {
            Explain(world, committed);
            return;
        }

        // Values of one call that waits have been accepted: of which, only what consumers got may say.
        string? why = null;
        var calls = PartialCalls(world, partial);
        Unless(calls.Count > 0, $"{committed.Count} puts succeeded, but {snapshot.ValuesPut} values were accepted.");
        Unless(calls.Exists(call => IsExplained(world, [.. committed, .. Puts(world, call).Take(partial)], out why)), why!);
    }

    /// <summary>The calls of many values that wait and of which so many may have been accepted.</summary>
    internal static List<ManyCall> PartialCalls(World world, long accepted) =>
        [.. world.Puts.Where(put => put.PendingSince is not null && put.Answered is null && put.Many?.Values.Length > accepted && accepted > 0).Select(put => put.Many!).Distinct()];

    /// <summary>The position at which a consumer joined.</summary>
    internal static int JoinedAt(Consumer consumer)
    {
        var at = consumer.Snapshot;
        // Of what it has taken, part may be finished behind its position: until it has left.
        if (at.HoldsValue ? consumer.Slots > 0 : consumer is { BeginNumber: not null, LeaveAsked: null, Unfinished: > 0 }) return (int)at.Position - consumer.Received.FindIndex(receipt => receipt.FinishAsked is null);
        return (int)(at.Position - at.ValuesFinished - at.ValuesAbandoned - at.ValuesOvertaken);
    }

    /// <summary>Whether it may have subscribed after the end, and so never have been part of the stream.</summary>
    internal static bool MayHaveJoinedAfterEnd(World world, Consumer consumer) =>
        consumer.Received.Count == 0 && world.Closes.Concat(world.Faults).Any(call => call.Asked < consumer.Subscribed);

    private static IEnumerable<PutRecord> Puts(World world, ManyCall call) => world.Puts.Where(put => put.Many == call);

    private static bool IsExplained(World world, List<PutRecord> committed, out string? why)
    {
        try
        {
            Explain(world, committed);
            why = null;
        }
        catch (FindingException error)
        {
            why = error.Message;
        }

        return why is null;
    }

    private static void Explain(World world, List<PutRecord> committed)
    {
        foreach (var value in world.Consumers.SelectMany(consumer => consumer.Received).Select(receipt => receipt.Value))
            Unless(committed.Exists(put => put.Value == value), $"Value {value} was received, but its put did not succeed.");

        var order = new PutRecord?[committed.Count];
        foreach (var consumer in world.Consumers.Where(consumer => consumer.Mode == SubscriptionMode.Every)) Place(consumer, committed, order);
        var rest = committed.Where(put => !order.Contains(put)).ToList();
        string? why = null;
        Unless(Complete(world, order, rest, ref why), $"No total order explains what was seen. {why}");
    }

    private static void Place(Consumer consumer, List<PutRecord> committed, PutRecord?[] order)
    {
        var position = JoinedAt(consumer);
        foreach (var receipt in consumer.Received)
        {
            Unless(position < order.Length, $"It received more than was accepted: {consumer}.");
            var put = committed.Find(put => put.Value == receipt.Value);
            Unless(order[position] is null || order[position] == put, $"Two consumers disagree about position {position}: {consumer}.");
            Unless(Array.IndexOf(order, put) is var other && (other < 0 || other == position), $"Value {receipt.Value} has two positions: {consumer}.");
            order[position++] = put;
        }
    }

    /// <summary>When a value was part of the stream at the latest.</summary>
    private static long CommittedBy(World world, PutRecord put)
    {
        var received = world.Consumers.SelectMany(consumer => consumer.Received).Where(receipt => receipt.Value == put.Value).Select(receipt => receipt.At);
        return received.Append(put.Answered ?? long.MaxValue).Min();
    }

    private static bool Complete(World world, PutRecord?[] order, List<PutRecord> rest, ref string? why)
    {
        if (rest.Count == 0)
        {
            var wrong = Refute(world, order!);
            why ??= wrong;
            return wrong is null;
        }

        var free = Array.IndexOf(order, null);
        foreach (var put in rest.ToArray())
        {
            order[free] = put;
            rest.Remove(put);
            if (Complete(world, order, rest, ref why)) return true;
            rest.Add(put);
            order[free] = null;
        }

        return false;
    }

    /// <summary>What speaks against an order.</summary>
    private static string? Refute(World world, PutRecord[] order)
    {
        for (var i = 0; i < order.Length; i++)
        {
            if (order[i].Many is { } many && Array.IndexOf(many.Values, order[i].Value) is var place && place > 0 && (i == 0 || order[i - 1].Value != many.Values[place - 1]))
                return $"{order[i].Value} does not come right after the value before it in its call.";
            for (var j = i + 1; j < order.Length; j++)
            {
                if (order[j].Answered < order[i].Asked) return $"{order[j].Value} was over before {order[i].Value} began.";
                if (order[j].PendingSince < order[i].Asked) return $"{order[j].Value} waited before {order[i].Value} came.";
            }
        }

        foreach (var consumer in world.Consumers)
        {
            var joinedAt = JoinedAt(consumer);
            for (var i = 0; i < order.Length; i++)
            {
                if (i >= joinedAt && order[i].Answered < consumer.SubscribeAsked) return $"{order[i].Value} was over before this consumer came: {consumer}.";
                if (i < joinedAt && order[i].Asked > consumer.Subscribed) return $"{order[i].Value} began after this consumer had come: {consumer}.";
            }

            var wrong = consumer.Mode == SubscriptionMode.Latest ? RefuteLatest(consumer, order, joinedAt) : RefuteWindow(world, consumer, order, joinedAt);
            if (wrong is not null) return wrong;
        }

        return null;
    }

    /// <summary>A <c>Latest</c> consumer only ever goes forward, and at the end has the newest.</summary>
    private static string? RefuteLatest(Consumer consumer, PutRecord[] order, int joinedAt)
    {
        var last = joinedAt - 1;
        foreach (var receipt in consumer.Received)
        {
            var position = Array.FindIndex(order, put => put.Value == receipt.Value);
            if (position <= last) return $"{receipt.Value} came again, or too late: {consumer}.";
            last = position;
        }

        var stayed = consumer.LeaveAsked is null && consumer.End is ReadEnd.End or ReadEnd.Fault;
        return stayed && order.Length > joinedAt && last != order.Length - 1 && consumer.Received.Count > 0 ? $"It never got the newest value: {consumer}." : null;
    }

    /// <summary>A put commits only when every consumer has finished the value that the window pushes out.</summary>
    private static string? RefuteWindow(World world, Consumer consumer, PutRecord[] order, int joinedAt)
    {
        if (MayHaveJoinedAfterEnd(world, consumer)) return null;
        for (var i = joinedAt + world.Stream.Window; i < order.Length; i++)
        {
            var index = i - world.Stream.Window - joinedAt;
            var committedBy = CommittedBy(world, order[i]);
            if (consumer.LeaveAsked < committedBy) continue;
            // All of them: an older value that is unfinished takes room as well.
            if (index < consumer.Received.Count && consumer.Received.Take(index + 1).All(receipt => receipt.FinishAsked < committedBy)) continue;
            return $"{order[i].Value} committed before there was room: {consumer}.";
        }

        return null;
    }
}
