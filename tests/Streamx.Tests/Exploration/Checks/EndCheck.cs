using Streamx.Tests.Exploration.Scenarios;
using static Streamx.Tests.Exploration.Scheduling.FindingException;

namespace Streamx.Tests.Exploration.Checks;

/// <summary>When all threads have finished, the stream is in the state that follows from what happened to it.</summary>
internal static class EndCheck
{
    internal static void Check(World world, StreamSnapshot snapshot)
    {
        var isFaulted = world.Faults.Exists(call => call.Succeeded);
        Unless(world.Faults.Count(call => call.Succeeded) <= 1, "Two faults succeeded.");
        Unless(snapshot.State == StreamState.Faulted == isFaulted, $"The stream is {snapshot.State} {(isFaulted ? "after" : "without")} a fault.");
        Unless(snapshot.State == StreamState.Open == (world.Closes.Count == 0 && !isFaulted), $"The stream is {snapshot.State} after all that.");
        Unless(snapshot.ValuesWaiting == 0 && snapshot.OldestWaitingPutAge is null, "A put waits that was not made.");
        Unless(world.Stream.SubscriptionCount == snapshot.Subscriptions.Count, "The number of subscriptions is wrong.");
        foreach (var consumer in world.Consumers.Where(consumer => consumer.LeaveAsked is not null))
            Unless(snapshot.Subscriptions.All(subscription => subscription.Name != consumer.Snapshot.Name), $"It has left, but is a member: {consumer}.");

        var isFinished = snapshot.Subscriptions.All(subscription => subscription.Mode == SubscriptionMode.Latest || subscription.Lag == 0);
        var completion = world.Stream.Completion;
        Unless(completion.IsCompleted == (snapshot.State != StreamState.Open && isFinished), $"Completion is {completion.Status}.");
        if (completion.IsCompleted) Unless(completion.IsFaulted == isFaulted, $"Completion is {completion.Status}.");
        if (snapshot.State == StreamState.Closing) Unless(!isFinished, "All is finished, but the stream is not closed.");

        // Only a stream without gating members discards.
        if (world.WhenNoSubscribers != NoSubscribers.Discard) Unless(snapshot.ValuesDiscarded == 0, "Values were discarded though puts wait for a subscription.");
    }
}
