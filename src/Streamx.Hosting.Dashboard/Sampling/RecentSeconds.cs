namespace Streamx.Hosting.Dashboard;

/// <summary>A sum over the last few seconds, and the second in progress by itself.</summary>
internal sealed class RecentSeconds(int seconds = RecentSeconds.Seconds)
{
    /// <summary>How many seconds count by default.</summary>
    internal const int Seconds = 5;

    /// <summary>The sums of the seconds that are over.</summary>
    private readonly Queue<double> _over = new(seconds);

    /// <summary>The second in progress.</summary>
    internal double Current { get; private set; }

    /// <summary>The seconds that are over, together.</summary>
    internal double Sum => _over.Sum();

    /// <summary>Adds to the second in progress.</summary>
    internal void Add(double value) => Current += value;

    /// <summary>Ends the second in progress.</summary>
    internal void EndSecond()
    {
        if (_over.Count == seconds) _over.Dequeue();
        _over.Enqueue(Current);
        Current = 0;
    }

    /// <summary>Clears everything.</summary>
    internal void Clear()
    {
        _over.Clear();
        Current = 0;
    }
}
