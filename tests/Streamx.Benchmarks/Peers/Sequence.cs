namespace Streamx.Benchmarks.Peers;

/// <summary>Checks that a consumer sees 0, 1, 2, … and nothing else. One for each consumer of each run.</summary>
internal struct Sequence
{
    private long _expected;

    public void See(long value)
    {
        if (value != _expected) throw new InvalidOperationException($"A consumer expected {_expected} and saw {value}.");
        _expected++;
    }

    public readonly void End(int items)
    {
        if (_expected != items) throw new InvalidOperationException($"A consumer saw {_expected} of {items} values.");
    }
}
