namespace Streamx.TestUtilities.Waiting;

/// <summary>A handler that finishes values only as the test lets it.</summary>
internal sealed class Gate
{
    /// <summary>The ordinals of the values that may go.</summary>
    private readonly Taken _released = new();

    private readonly Signal _open = new();
    private int _given;
    private int _count;

    /// <summary>What it was given.</summary>
    public Taken Taken { get; } = new();

    public async ValueTask HandleAsync(int value)
    {
        await Taken.Add(value);
        await Task.WhenAny(_released.UntilAsync(++_given), _open.WaitAsync());
    }

    /// <summary>Lets so many values go.</summary>
    public async Task ReleaseAsync(int count)
    {
        for (var i = 0; i < count; i++) await _released.Add(++_count);
    }

    /// <summary>Lets all of them go from now on.</summary>
    public void Open() => _open.Set();
}
