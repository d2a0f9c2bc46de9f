using System.Globalization;
using System.Text;

namespace Streamx.Hosting.RabbitMQ.Worker;

/// <summary>
/// What a worker has done, in a file that only grows: each line is with the system before the worker goes on, and stays whatever
/// becomes of the worker. A line is the time (of the monotonic clock, so that those of all processes compare) and
/// <c>intend</c> or <c>return</c>, <c>value</c>; <c>begin</c>, <c>value epoch stream/number</c>, and <c>again</c> if it is marked as
/// redelivered; <c>end</c>, <c>value</c>; and <c>ready</c>, <c>0</c>.
/// </summary>
internal sealed class WorkLog(string path, TimeProvider clock) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _file = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>A put begins.</summary>
    internal void Intend(long value) => Write(clock.GetTimestamp(), $"intend {value}");

    /// <summary>A put has returned.</summary>
    internal void Return(long value) => Write(clock.GetTimestamp(), $"return {value}");

    /// <summary>A value comes to the handler.</summary>
    internal void Begin(long value, StreamxDelivery delivery) =>
        Write(clock.GetTimestamp(), string.Create(CultureInfo.InvariantCulture, $"begin {value} {delivery.Epoch} {delivery.StreamId}/{delivery.Sequence}{(delivery.IsRedelivered ? " again" : "")}"));

    /// <summary>The handler is done with it.</summary>
    internal void End(long value) => Write(clock.GetTimestamp(), $"end {value}");

    /// <summary>The worker is active, or stands by.</summary>
    internal void Ready() => Write(clock.GetTimestamp(), "ready 0");

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Write(long time, string what)
    {
        var line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{time} {what}\n"));
        lock (_gate) _file.Write(line);
    }
}
