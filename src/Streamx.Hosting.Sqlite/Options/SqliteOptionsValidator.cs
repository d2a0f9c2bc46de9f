namespace Streamx.Hosting.Sqlite;

/// <summary>Reports each setting that cannot work.</summary>
/// <param name="stream">The stream's name, which is that of the options.</param>
internal sealed class SqliteOptionsValidator(string stream)
    : TransportOptionsValidator<SqliteStreamOptions>(stream, StreamxSqliteBuilderExtensions.Section, MostBytes)
{
    /// <summary>The most bytes that a row may have, less what stands beside the value.</summary>
    internal const int MostBytes = 512 * 1024 * 1024;

    /// <inheritdoc/>
    protected override IEnumerable<string> ProblemsOf(SqliteStreamOptions options)
    {
        List<string> problems = [];
        if (ProblemOf(options.Path) is { } problem) problems.Add($"{PathOf(nameof(options.Path))} {problem}");
        if (!Enum.IsDefined(options.Synchronous))
        {
            problems.Add(
                $"{PathOf(nameof(options.Synchronous))} is {options.Synchronous}; it has to be "
                + $"{string.Join(" or ", Enum.GetNames<SqliteSynchronous>())}.");
        }

        foreach (var (index, _) in options.Consumers.Index().Where(consumer => string.IsNullOrWhiteSpace(consumer.Item)))
            problems.Add($"{PathOf(nameof(options.Consumers))}:{index} is empty.");
        return
        [
            .. problems,
            .. OutOfRange(nameof(options.Retention), options.Retention, TimeSpan.Zero, TimeSpan.FromDays(3653)),
            .. OutOfRange(nameof(options.Lease), options.Lease, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            .. OutOfRange(nameof(options.Timeout), options.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
        ];
    }

    /// <summary>The configuration path of a setting of a stream.</summary>
    internal static string PathOf(string stream, string setting) =>
        $"{StreamxConfiguration.Root}:{stream}:{StreamxSqliteBuilderExtensions.Section}:{setting}";

    private static string? ProblemOf(string? path)
    {
        if (string.IsNullOrWhiteSpace(path)) return "is empty; it has to name a file.";
        if (path.StartsWith(':') || path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            return $"is '{path}'; it has to name a file on a disk, as a plain path.";
        if (path.Contains('\0', StringComparison.Ordinal) || Path.EndsInDirectorySeparator(path))
            return $"is '{path}'; it has to name a file.";
        return null;
    }
}
