namespace Streamx.Hosting.Dashboard.Tests.Support;

/// <summary>Waits for what has no event to wait for.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(Bounded.Limit);
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"Not within {Bounded.Limit}: {what}.");
            // Not without pauses: that would keep a processor from those it waits for.
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
