using Streamx.Tests.Exploration.Scenarios;
using static Streamx.Tests.Exploration.Scheduling.FindingException;

namespace Streamx.Tests.Exploration.Checks;

/// <summary>Every consumer's counts add up, and its reading ended as the stream did.</summary>
internal static class ConsumerCheck
{
    internal static void Check(World world, StreamSnapshot snapshot)
    {
        foreach (var subscription in snapshot.Subscriptions)
        {
            var slots = world.Consumers.Find(consumer => consumer.Slots > 0 && consumer.Snapshot.Name == subscription.Name);
            var ahead = slots is null || slots.Unfinished == 0 ? 0 : slots.Received.Skip(slots.Received.FindIndex(receipt => receipt.FinishAsked is null)).Count(receipt => receipt.FinishAsked is not null);
            Unless(subscription.Position + ahead + subscription.Lag == snapshot.ValuesPut, $"Position and lag do not add up: {subscription}.");
            Unless(subscription.ValuesAbandoned == 0, $"A member has abandoned a value: {subscription}.");
            Unless(subscription.Mode == SubscriptionMode.Latest || subscription.Lag <= snapshot.Window, $"It lags by more than the window: {subscription}.");
            Unless(subscription.Mode == SubscriptionMode.Every || !subscription.IsGating, $"A Latest subscription gates: {subscription}.");
            var isGating = snapshot.ValuesWaiting > 0 && subscription.Mode == SubscriptionMode.Every && subscription.Lag + ahead >= snapshot.Window;
            Unless(subscription.IsGating == isGating, $"The members that the put waits for are wrong: {subscription}.");
        }

        foreach (var consumer in world.Consumers)
        {
            var counts = consumer.Snapshot;
            var begun = consumer.Received.FindAll(receipt => receipt.IsBegun);
            var held = consumer.LeaveAsked is null && counts.HoldsValue ? begun.Count(receipt => receipt.FinishAsked is null) : 0;
            Unless(counts.ValuesFinished + counts.ValuesAbandoned + held == begun.Count, $"Its counts do not add up: {counts}. {consumer}");
            Unless(counts.ValuesFinished <= consumer.Received.Count(receipt => receipt.FinishAsked is not null), $"It counts as finished what it never finished: {counts}. {consumer}");
            Unless(counts.Lag >= 0 && (consumer.Mode == SubscriptionMode.Latest || counts.ValuesOvertaken == 0), $"Its counts are wrong: {counts}.");
            CheckEnd(world, consumer, counts);
        }
    }

    private static void CheckEnd(World world, Consumer consumer, SubscriptionSnapshot counts)
    {
        if (consumer.End == ReadEnd.None) return;
        var fault = world.Faults.Find(call => call.Succeeded);
        if (consumer.End == ReadEnd.Fault) Unless(fault?.Asked < consumer.EndedAt, $"It was told of a fault before there was one: {consumer}.");
        if (consumer.LeaveAsked < consumer.EndedAt) return;
        Unless(consumer.End != ReadEnd.Cancelled, $"Its read was cancelled without a cancellation: {consumer}.");
        if (consumer.End == ReadEnd.End)
        {
            Unless(world.Closes.Exists(call => call.Asked < consumer.EndedAt), $"It was told of an end before there was one: {consumer}.");
            Unless(!(fault?.Returned < consumer.LastReadAsked), $"It was told of an end after the fault: {consumer}.");
        }

        Unless(counts.Lag == (consumer.Slots > 0 ? consumer.Unfinished : 0) || OrderCheck.MayHaveJoinedAfterEnd(world, consumer), $"It was told of the end before it had everything: {counts}. {consumer}");
        Unless(counts.ValuesAbandoned == 0, $"It read to the end and abandoned a value: {counts}.");
        if (world.Closes.Exists(call => call.Returned < consumer.SubscribeAsked)) Unless(consumer.Received.Count == 0, $"It came after the close, but received something: {consumer}.");
    }
}
