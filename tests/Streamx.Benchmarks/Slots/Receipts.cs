namespace Streamx.Benchmarks.Slots;

/// <summary>Notes which of the values 0, 1, 2, … have been handled, by any thread, at next to no cost.</summary>
internal sealed class Receipts
{
    private byte[] _seen = [];

    /// <summary>A run begins. Makes room for one twice as long, so that in the end no run allocates.</summary>
    public void Begin(int items)
    {
        if (_seen.Length < items) _seen = new byte[2 * items];
        Array.Clear(_seen);
    }

    public void See(long value) => _seen[value]++;

    /// <summary>Checks that each value was handled once.</summary>
    public void End(int items)
    {
        if (_seen.AsSpan(0, items).ContainsAnyExcept((byte)1)) throw new InvalidOperationException("A value was not handled once.");
    }
}
