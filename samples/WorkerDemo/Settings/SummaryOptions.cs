namespace WorkerDemo;

/// <summary>What <see cref="Summary"/> shows. Section: <c>WorkerDemo:Summary</c>.</summary>
internal sealed class SummaryOptions
{
    /// <summary>How often it shows a table.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many processes, and how many of the latest events, the table has.</summary>
    public int Rows { get; set; } = 5;
}
