namespace Streamx.TestUtilities.Waiting;

/// <summary>Turns a hang into a failure.</summary>
internal static class Bounded
{
    /// <summary>Far more than anything here takes, also on a machine that is busy.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task WithinAsync(this Task task) => task.WaitAsync(Limit);

    public static Task<T> WithinAsync<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task WithinAsync(this ValueTask task) => task.AsTask().WaitAsync(Limit);
}
