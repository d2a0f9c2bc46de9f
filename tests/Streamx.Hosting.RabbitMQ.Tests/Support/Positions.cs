namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>Waits for positions of single names.</summary>
internal static class Positions
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public static async Task WaitForAsync(this NamePositions positions, string name, long position)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (!positions.Snapshot().TryGetValue(name, out var now) || now < position)
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token);
    }
}
