using System.Globalization;

namespace Streamx.Tests.Stress;

/// <summary>Describes from a snapshot which puts wait, and for which members.</summary>
internal static class WaitText
{
    internal static string Describe(StreamSnapshot snapshot)
    {
        var gating = snapshot.Subscriptions.Where(subscription => subscription.IsGating).ToList();
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"The stream is {snapshot.State}, window {snapshot.Window}, {snapshot.ValuesPut} values put."),
            snapshot.ValuesWaiting == 0
                ? "No put waits."
                : $"{snapshot.ValuesWaiting} puts wait, the oldest for {snapshot.OldestWaitingPutAge}, for {(gating.Count == 0 ? "no member" : string.Join(", ", gating.Select(subscription => subscription.Name)))}.",
        };
        lines.AddRange(snapshot.Subscriptions.Select(Describe));
        return string.Join(Environment.NewLine, lines);
    }

    private static string Describe(SubscriptionSnapshot subscription) =>
        $"  {subscription.Name} ({subscription.Mode}) at {subscription.Position} has {subscription.Lag} to finish, " +
        (subscription.HoldsValue ? $"holds one for {subscription.HeldFor}." : "holds none.");
}
