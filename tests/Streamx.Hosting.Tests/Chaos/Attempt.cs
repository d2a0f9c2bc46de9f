namespace Streamx.Hosting.Tests.Chaos;

/// <summary>One call of a consumer's code with a value, or a batch.</summary>
internal sealed class Attempt(long[] values)
{
    private volatile bool _hasReturned;

    public IReadOnlyList<long> Values => values;

    /// <summary>Whether it came to its end without a failure.</summary>
    public bool HasReturned
    {
        get => _hasReturned;
        set => _hasReturned = value;
    }

    public bool IsOf(long[] others) => values.AsSpan().SequenceEqual(others);
}
