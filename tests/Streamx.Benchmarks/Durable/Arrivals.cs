using System.Buffers.Binary;

namespace Streamx.Benchmarks.Durable;

/// <summary>How long the values of one consumer were under way. The clock is that of the machine, which all its processes share.</summary>
internal sealed class Arrivals
{
    private const int Mark = sizeof(long);

    private readonly List<double> _milliseconds = new(1 << 18);

    /// <summary>How many values have come that are measured.</summary>
    public int Count => _milliseconds.Count;

    /// <summary>How long they were under way.</summary>
    public IEnumerable<double> Milliseconds => _milliseconds;

    /// <summary>A value that says when it was put.</summary>
    /// <param name="isMeasured">Whether it counts: those that warm up do not.</param>
    public static byte[] NewValue(bool isMeasured)
    {
        var value = new byte[DurableCommand.ValueBytes];
        BinaryPrimitives.WriteInt64LittleEndian(value, TimeProvider.System.GetTimestamp());
        value[Mark] = isMeasured ? (byte)1 : (byte)0;
        return value;
    }

    public ValueTask ConsumeAsync(byte[] value, CancellationToken abortToken)
    {
        if (value[Mark] != 0) _milliseconds.Add(TimeProvider.System.GetElapsedTime(BinaryPrimitives.ReadInt64LittleEndian(value)).TotalMilliseconds);
        return default;
    }
}
