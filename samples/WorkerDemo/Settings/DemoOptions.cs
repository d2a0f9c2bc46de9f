using System.ComponentModel.DataAnnotations;

namespace WorkerDemo;

/// <summary>What can be set. Section: <c>WorkerDemo</c>.</summary>
internal sealed class DemoOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    internal const string Section = "WorkerDemo";

    /// <summary>The consumers there are.</summary>
    internal static readonly IReadOnlyList<string> Consumers = [nameof(Journal), nameof(Alerts), nameof(Summary)];

    /// <summary>The file to read lines from, or <c>-</c> for standard input; null watches processes.</summary>
    public string? Input { get; set; }

    /// <summary>The SQLite file of the journal, unless the stream is in one: then it is that.</summary>
    [Required]
    public string Database { get; set; } = "workerdemo.db";

    /// <summary>How many events the journal keeps; older ones are deleted.</summary>
    [Range(1, int.MaxValue)]
    public int JournalRows { get; set; } = 1_000_000;

    /// <summary>A process that uses this much CPU, in percent of one core, is worth a warning.</summary>
    [Range(1.0, 100_000.0)]
    public double AlertCpuPercent { get; set; } = 90;

    /// <summary>How many warnings are logged in a minute; the others are counted.</summary>
    [Range(0, int.MaxValue)]
    public int AlertsPerMinute { get; set; } = 10;

    /// <summary>How often the summary and the waits are logged, in seconds.</summary>
    [Range(0.001, 2_000_000.0)]
    public double SummarySeconds { get; set; } = 5;

    /// <summary>After how many seconds to stop; null runs until told to stop, or to the end of the input.</summary>
    [Range(0.001, 2_000_000.0)]
    public double? Duration { get; set; }

    /// <summary>Consumers to make slow: milliseconds for each value, by name.</summary>
    public IDictionary<string, int> Slow { get; } = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The broker that carries the stream between processes; null keeps it in this one.</summary>
    public string? RabbitMq { get; set; }

    /// <summary>The SQLite file that keeps the stream and the journal; null keeps the stream in memory.</summary>
    public string? Durable { get; set; }

    /// <summary>Which workers this process runs: <c>all</c>, <c>producer</c> or <c>consumer:&lt;name&gt;</c>.</summary>
    public string Role { get; set; } = "all";

    /// <summary>The file of the journal, and the option that names it.</summary>
    internal (string Path, string Option) Journal => Durable is null ? (Database, "--database") : (Path.GetFullPath(Durable), "--durable");

    /// <summary>Whether this process puts events into the stream.</summary>
    internal bool Produces => IsRole("all") || IsRole("producer");

    /// <summary>Whether this process runs a consumer.</summary>
    internal bool Consumes(string consumer) => IsRole("all") || IsRole($"consumer:{consumer}");

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Input is not (null or "-") && !File.Exists(Input)) yield return new($"--input '{Input}' is not a file.");
        var here = Consumers.Where(Consumes).ToList();
        if (!Produces && here.Count == 0)
            yield return new($"--role {Role}: expected all, producer, or consumer:<name> with one of {string.Join(", ", Consumers)}.");
        else if (RabbitMq is null && Durable is null && !IsRole("all"))
            yield return new($"--role {Role} needs --rabbitmq or --durable: the other workers would run nowhere.");
        if (RabbitMq is not null && Durable is not null)
            yield return new("--durable and --rabbitmq exclude each other: one of them keeps the stream.");
        if (RabbitMq is not null && !(Uri.TryCreate(RabbitMq, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps"))
            yield return new($"--rabbitmq '{RabbitMq}' is not an amqp:// or amqps:// address.");
        var known = here.Count == 0 ? "is none" : $"are {string.Join(", ", here)}";
        foreach (var (name, milliseconds) in Slow)
        {
            if (!here.Contains(name, StringComparer.OrdinalIgnoreCase))
                yield return new($"--slow {name}: no consumer of this process has that name. There {known}.");
            if (milliseconds < 0) yield return new($"--slow {name}={milliseconds}: milliseconds cannot be negative.");
        }
    }

    private bool IsRole(string role) => Role.Equals(role, StringComparison.OrdinalIgnoreCase);
}
