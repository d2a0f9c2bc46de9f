namespace Streamx.TestUtilities.Transports;

/// <summary>Waits for positions of single names.</summary>
internal static class Positions
{
    public static Task WaitForAsync(this ConsumerPositions positions, string name, long position) =>
        Until.TrueAsync(() => positions.Snapshot().TryGetValue(name, out var now) && now >= position);
}
