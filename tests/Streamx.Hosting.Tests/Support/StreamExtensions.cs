namespace Streamx.Hosting.Tests.Support;

internal static class StreamExtensions
{
    /// <summary>Waits until the stream has accepted a number of values.</summary>
    public static Task WaitUntilPutAsync<T>(this AsyncStream<T> stream, long count) => Until.TrueAsync(() => stream.GetSnapshot().ValuesPut >= count);
}
