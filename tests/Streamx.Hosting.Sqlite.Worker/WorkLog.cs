using System.Globalization;
using System.Text;

namespace Streamx.Hosting.Sqlite.Worker;

/// <summary>
/// What a worker has done, in a file that only grows: each line is with the system before the worker goes on, and stays whatever becomes of
/// the worker. A line is <c>put</c> and a value whose put has returned, or <c>begin</c>, consumer, value, number and whether it is marked
/// as redelivered, or <c>end</c>, consumer and value.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="isStamped">Whether each line ends with a reading of the machine's clock, by which the logs of processes have one order.</param>
internal sealed class WorkLog(string path, bool isStamped = false) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    /// <summary>A put has returned.</summary>
    internal void Put(long value) => Write($"put {value}");

    /// <summary>A value comes to a handler.</summary>
    internal void Begin(string consumer, long value, StreamxDelivery delivery) =>
        Write(string.Create(CultureInfo.InvariantCulture, $"begin {consumer} {value} {delivery.Sequence} {delivery.IsRedelivered}"));

    /// <summary>The handler has finished it.</summary>
    internal void End(string consumer, long value) => Write(string.Create(CultureInfo.InvariantCulture, $"end {consumer} {value}"));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Write(string line)
    {
        lock (_lock)
        {
            var stamp = isStamped ? string.Create(CultureInfo.InvariantCulture, $" {TimeProvider.System.GetTimestamp()}") : "";
            _file.Write(Encoding.ASCII.GetBytes($"{line}{stamp}\n"));
        }
    }
}
