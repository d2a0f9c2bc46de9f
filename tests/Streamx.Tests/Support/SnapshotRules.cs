namespace Streamx.Tests.Support;

/// <summary>What holds of every snapshot, whenever it is taken.</summary>
internal static class SnapshotRules
{
    internal static void Check(StreamSnapshot snapshot)
    {
        var waits = snapshot.ValuesWaiting > 0;
        Assert.Equal(waits, snapshot.OldestWaitingPutAge is not null);
        Assert.InRange(snapshot.ValuesDiscarded, 0, snapshot.ValuesPut);
        foreach (var subscription in snapshot.Subscriptions)
        {
            var isEvery = subscription.Mode == SubscriptionMode.Every;
            Assert.Equal(snapshot.ValuesPut, subscription.Position + subscription.Lag);
            Assert.InRange(subscription.Lag, 0, isEvery ? snapshot.Window : snapshot.ValuesPut);
            Assert.True(subscription.Position >= subscription.ValuesFinished + subscription.ValuesOvertaken);
            Assert.Equal(0, subscription.ValuesAbandoned);
            Assert.True(isEvery || !subscription.IsGating);
            Assert.True(!isEvery || subscription.ValuesOvertaken == 0);
            Assert.True(!subscription.HoldsValue || subscription.Lag > 0);
            Assert.True(subscription.HoldsValue || subscription.HeldFor == TimeSpan.Zero);
            Assert.Equal(waits && isEvery && subscription.Lag == snapshot.Window, subscription.IsGating);
        }

        if (waits && snapshot.Subscriptions.Any(subscription => subscription.Mode == SubscriptionMode.Every))
            Assert.Contains(snapshot.Subscriptions, subscription => subscription.IsGating);
    }
}
