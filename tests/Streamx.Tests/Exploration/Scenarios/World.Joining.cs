namespace Streamx.Tests.Exploration.Scenarios;

/// <content>The kinds of consumers.</content>
internal sealed partial class World
{
    /// <summary>Subscribes a consumer that reads value by value.</summary>
    internal Consumer Join(SubscriptionMode mode = SubscriptionMode.Every, CancellationRecord? cancellation = null)
    {
        Boundary();
        var asked = Tick();
        var subscription = Stream.Subscribe(mode);
        var consumer = new Consumer(this, subscription, subscription.Read(cancellation?.Token ?? default), mode, asked);
        Consumers.Add(consumer);
        return consumer;
    }

    /// <summary>Subscribes a consumer that reads in batches.</summary>
    internal Consumer JoinBatches(int maxSize, TimeSpan maxWait)
    {
        Boundary();
        var asked = Tick();
        var subscription = Stream.Subscribe();
        var consumer = new Consumer(this, subscription, subscription.ReadBatches(maxSize, maxWait), SubscriptionMode.Every, asked)
        {
            MaxSize = maxSize,
            Needed = maxWait == TimeSpan.Zero ? 1 : Math.Min(maxSize, Stream.Window),
        };
        Consumers.Add(consumer);
        return consumer;
    }

    /// <summary>Subscribes a consumer that has several values in hand and finishes them in any order.</summary>
    /// <param name="slots">How many values may be unfinished at a time.</param>
    /// <param name="beginsLater">Whether a value that it has taken is in its hands only once it begins it.</param>
    /// <param name="limit">How many values a read takes at most.</param>
    internal Consumer JoinConcurrent(int slots, bool beginsLater = false, int limit = 1)
    {
        Boundary();
        var asked = Tick();
        var subscription = Stream.Subscribe();
        var reader = subscription.ReadConcurrently(slots, beginsLater, limit);
        var consumer = new Consumer(this, subscription, reader, SubscriptionMode.Every, asked)
        {
            Slots = slots, MaxSize = limit, BeginNumber = beginsLater ? reader.Begin : null, FinishNumber = reader.Finish, FinishThenBeginNumbers = reader.FinishThenBegin,
        };
        Consumers.Add(consumer);
        return consumer;
    }
}
