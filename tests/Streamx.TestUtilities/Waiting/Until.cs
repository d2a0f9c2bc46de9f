namespace Streamx.TestUtilities.Waiting;

/// <summary>Waits for what has no event to wait for.</summary>
internal static class Until
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);

    public static Task TrueAsync(Func<bool> condition) => TrueAsync(() => Task.FromResult(condition()));

    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Bounded.Limit);
        while (!await condition()) await Task.Delay(s_look, TimeProvider.System, limit.Token);
    }
}
