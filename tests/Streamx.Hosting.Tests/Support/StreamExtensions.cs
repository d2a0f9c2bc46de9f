namespace Streamx.Hosting.Tests.Support;

internal static class StreamExtensions
{
    /// <summary>Waits until the stream has accepted a number of values.</summary>
    public static async Task WaitUntilPutAsync<T>(this AsyncStream<T> stream, long count)
    {
        while (stream.GetSnapshot().ValuesPut < count) await Task.Yield();
    }
}
