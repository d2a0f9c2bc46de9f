namespace WorkerDemo;

/// <summary>What can be set. Configuration section: <c>WorkerDemo</c>.</summary>
internal sealed class DemoOptions
{
    /// <summary>The section.</summary>
    internal const string Section = "WorkerDemo";

    /// <summary>The input that means standard input.</summary>
    internal const string StandardInput = "-";

    /// <summary>The role that is all of them.</summary>
    internal const string AllRoles = "all";

    /// <summary>The file to read lines from, or <c>-</c> for standard input; null watches processes.</summary>
    public string? Input { get; set; }

    /// <summary>Whether to keep following <see cref="Input"/> at its end.</summary>
    public bool Follow { get; set; }

    /// <summary>How often a followed file is looked at.</summary>
    public TimeSpan FollowInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The broker that carries the stream between processes; null keeps it in this one.</summary>
    public string? RabbitMq { get; set; }

    /// <summary>Which workers this process runs: <c>all</c>, <c>producer</c> or <c>consumer:&lt;name&gt;</c>.</summary>
    public string Role { get; set; } = AllRoles;

    /// <summary>The SQLite file of the journal.</summary>
    public string Database { get; set; } = "workerdemo.db";

    /// <summary>The file that takes the events a consumer could not handle and skipped, one JSON object a line; created with the first.</summary>
    public string DeadLetters { get; set; } = "workerdemo.dead.jsonl";

    /// <summary>After how many seconds to stop; null runs until told to stop, or to the end of the input.</summary>
    public double? Duration { get; set; }

    /// <summary>Consumers to make slow: milliseconds per value, by name.</summary>
    public IDictionary<string, int> Slow { get; } = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Consumers that never return from their first value, whatever they are told.</summary>
    public IDictionary<string, bool> Stuck { get; } = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Consumers that hold their next value once: for how many seconds, by name.</summary>
    public IDictionary<string, double> Stall { get; } = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Workers that throw, by name: from which value on, counted from 1; or, below 1, on which part of their calls.</summary>
    public IDictionary<string, double> Fail { get; } = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase);

    /// <summary>When the process watcher finds a change worth an event.</summary>
    public ProcessOptions Processes { get; } = new();

    /// <summary>When to warn.</summary>
    public AlertOptions Alerts { get; } = new();

    /// <summary>How often to show what.</summary>
    public SummaryOptions Summary { get; } = new();
}
