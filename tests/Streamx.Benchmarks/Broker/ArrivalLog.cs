using System.Buffers.Binary;

namespace Streamx.Benchmarks.Broker;

/// <summary>How long the values of one consumer were under way.</summary>
internal sealed class ArrivalLog
{
    private readonly List<double> _milliseconds = new(1 << 18);

    public IEnumerable<double> Milliseconds => _milliseconds;

    /// <summary>A value that says when it was put.</summary>
    public static byte[] NewValue()
    {
        var value = new byte[BrokerCommand.ValueBytes];
        BinaryPrimitives.WriteInt64LittleEndian(value, TimeProvider.System.GetTimestamp());
        return value;
    }

    public ValueTask ConsumeAsync(byte[] value, CancellationToken abortToken)
    {
        _milliseconds.Add(TimeProvider.System.GetElapsedTime(BinaryPrimitives.ReadInt64LittleEndian(value)).TotalMilliseconds);
        return default;
    }

    public void Clear() => _milliseconds.Clear();

    public void CheckCount(int count)
    {
        if (_milliseconds.Count != count) throw new InvalidOperationException($"A consumer had {_milliseconds.Count} of {count} values.");
    }
}
