namespace Streamx.Hosting.Tests.Simulation;

/// <summary>Random numbers that follow from a seed and what they are for, however often others have been thrown.</summary>
internal sealed class Dice
{
    private ulong _state;

    internal Dice(int seed, string? name = null, int kind = 0, int count = 0)
    {
        _state = (uint)seed;
        foreach (var letter in name ?? "") Mix(letter);
        Mix((ulong)kind);
        Mix((ulong)count);
    }

    /// <summary>A number from zero to one less than the limit.</summary>
    internal int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>True so many times in a hundred.</summary>
    internal bool In100(int times) => Below(100) < times;

    private void Mix(ulong value)
    {
        _state ^= value;
        _state = Next();
    }

    /// <summary>As SplitMix64 does.</summary>
    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
