namespace Streamx.Engine;

/// <summary>
/// Observes the reads of one subscription, for metrics and traces. Called on the reader's thread, without the core's lock.
/// </summary>
internal abstract class ReadObserver
{
    /// <summary>A read has finished values, taken others, or begins to wait.</summary>
    /// <param name="finished">How many values it finished: those that were in hand.</param>
    /// <param name="taken">How many values it has taken.</param>
    /// <param name="position">The position of the first of those.</param>
    /// <param name="takenAt">When they were taken, by the stream's clock.</param>
    /// <param name="waits">Whether it begins to wait. What it takes then is reported when its caller takes the result.</param>
    internal abstract void Read(int finished, int taken, long position, long takenAt, bool waits);

    /// <summary>
    /// A value has been finished by itself, of a subscription that may finish its values in any order. On the thread that finished it.
    /// </summary>
    /// <param name="position">Its position.</param>
    /// <param name="takenAt">When it was taken, by the stream's clock.</param>
    internal virtual void FinishedOne(long position, long takenAt) => Read(finished: 1, taken: 0, position, takenAt, waits: false);
}
