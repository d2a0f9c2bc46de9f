namespace Streamx.Engine;

/// <summary>Follows what one subscription reads, for whoever measures it. Called on its reader's thread, without the core's lock.</summary>
internal abstract class ReadObserver
{
    /// <summary>A read has finished values, taken others, or begins to wait.</summary>
    /// <param name="finished">How many values it finished: those that were in hand.</param>
    /// <param name="taken">How many values it has brought.</param>
    /// <param name="position">The position of the first of those.</param>
    /// <param name="takenAt">When they were taken, by the stream's clock.</param>
    /// <param name="waits">Whether it has to wait. What it then brings is told when its caller takes it.</param>
    internal abstract void Read(int finished, int taken, long position, long takenAt, bool waits);
}
