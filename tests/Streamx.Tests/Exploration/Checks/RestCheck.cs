using Streamx.Tests.Exploration.Scenarios;
using static Streamx.Tests.Exploration.Scheduling.FindingException;

namespace Streamx.Tests.Exploration.Checks;

/// <summary>An operation that waits while no thread runs waits for something that has not happened.</summary>
internal static class RestCheck
{
    internal static void Check(World world, StreamSnapshot snapshot)
    {
        var every = snapshot.Subscriptions.Where(subscription => subscription.Mode == SubscriptionMode.Every).ToList();
        var waiting = world.Puts.Count(put => put.PendingSince is not null && put.Answered is null);
        // Some values of a call that waits may have been accepted.
        var accepted = snapshot.ValuesPut - world.Puts.Count(put => put.Result == PutResult.Committed);
        if (OrderCheck.PartialCalls(world, accepted).Count > 0) waiting -= (int)accepted;
        Unless(snapshot.ValuesWaiting == waiting, $"{waiting} values wait, but the snapshot says {snapshot.ValuesWaiting}.");
        if (waiting > 0)
        {
            Unless(snapshot.State is StreamState.Open or StreamState.Closing, "A put waits in a stream that has ended.");
            Unless(
                every.Count > 0 ? every.Exists(subscription => snapshot.ValuesPut - subscription.Position >= snapshot.Window) : snapshot.State == StreamState.Open && world.WhenNoSubscribers == NoSubscribers.Wait,
                "A put waits though nothing stands in its way.");
        }

        var canStillCome = snapshot.State == StreamState.Open || (snapshot.State == StreamState.Closing && waiting > 0);
        foreach (var consumer in world.Consumers.Where(consumer => consumer.WaitingReads > 0))
        {
            Unless(consumer.LeaveAsked is null, $"A read waits though its consumer has left: {consumer}.");
            var (unfinished, needed) = (consumer.Slots > 0 ? consumer.Unfinished : 0, snapshot.State == StreamState.Open ? consumer.Needed : 1);
            var available = consumer.Snapshot.Lag - unfinished;
            if (consumer.Slots > 0 && unfinished == consumer.Slots && available > 0) continue;
            Unless(canStillCome, $"A read waits though nothing can come any more: {consumer}.");
            Unless(available < needed, $"A read waits though there is enough for it: {consumer}.");
        }

        var isFinished = !every.Exists(subscription => subscription.Lag > 0);
        if (isFinished) Unless(world.Flushes.TrueForAll(flush => flush.Answered is not null), "A flush waits though everything is finished.");
        if (!isFinished || waiting > 0 || world.Closes.TrueForAll(close => close.Returned is null)) return;
        Unless(snapshot.State is StreamState.Closed or StreamState.Faulted, $"All is finished and closed, but the stream is {snapshot.State}.");
        Unless(world.Stream.Completion.IsCompleted, "All is finished and closed, but Completion has not ended.");
    }
}
