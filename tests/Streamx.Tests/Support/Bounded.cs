namespace Streamx.Tests.Support;

/// <summary>Awaiting with a limit, so that a hang fails the test instead of blocking the run.</summary>
internal static class Bounded
{
    /// <summary>Far longer than anything here takes on a busy machine.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    internal static Task WithinAsync(this Task task) => task.WaitAsync(Limit);

    internal static Task<TResult> WithinAsync<TResult>(this Task<TResult> task) => task.WaitAsync(Limit);

    internal static Task WithinAsync(this ValueTask task) => task.AsTask().WaitAsync(Limit);

    internal static Task<TResult> WithinAsync<TResult>(this ValueTask<TResult> task) => task.AsTask().WaitAsync(Limit);
}
