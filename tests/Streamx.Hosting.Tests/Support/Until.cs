namespace Streamx.Hosting.Tests.Support;

/// <summary>Waits for what has no event to wait for.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Bounded.Limit);
        // Not without pauses: that would keep a processor from those it waits for.
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, limit.Token);
    }
}
