namespace Streamx.Tests.Support;

/// <summary>Waits for what nothing announces.</summary>
internal static class Eventually
{
    /// <summary>Ends when a condition holds, which it must within <see cref="Bounded.Limit"/>.</summary>
    internal static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Bounded.Limit, what);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
