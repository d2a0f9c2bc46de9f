using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Sqlite;

/// <summary>Reports each setting that cannot work.</summary>
/// <param name="stream">The stream's name, which is that of the options.</param>
internal sealed class SqliteOptionsValidator(string stream) : IValidateOptions<SqliteStreamOptions>
{
    /// <summary>The most bytes that a row may have, less what stands beside the value.</summary>
    internal const int MostBytes = 512 * 1024 * 1024;

    /// <summary>The stream whose settings it checks.</summary>
    internal string Stream => stream;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SqliteStreamOptions options)
    {
        if (name != stream) return ValidateOptionsResult.Skip;
        List<string> problems = [];
        if (ProblemOf(options.Path) is { } problem) problems.Add($"{PathOf(nameof(options.Path))} {problem}");
        if (!Enum.IsDefined(options.Synchronous))
            problems.Add($"{PathOf(nameof(options.Synchronous))} is {options.Synchronous}; it has to be {string.Join(" or ", Enum.GetNames<SqliteSynchronous>())}.");
        foreach (var (index, _) in options.Consumers.Index().Where(consumer => string.IsNullOrWhiteSpace(consumer.Item)))
            problems.Add($"{PathOf(nameof(options.Consumers))}:{index} is empty.");
        if (string.IsNullOrWhiteSpace(options.InstanceId)) problems.Add($"{PathOf(nameof(options.InstanceId))} is empty.");
        if (options.MaxValueBytes is < 1024 or > MostBytes)
            problems.Add($"{PathOf(nameof(options.MaxValueBytes))} is {options.MaxValueBytes}; it has to be from 1024 to {MostBytes}.");
        if (options.MaxBytesUnderWay is < 1024 or > 16L * 1024 * 1024 * 1024)
            problems.Add($"{PathOf(nameof(options.MaxBytesUnderWay))} is {options.MaxBytesUnderWay}; it has to be from 1024 to {16L * 1024 * 1024 * 1024}.");
        Check(nameof(options.Retention), options.Retention, TimeSpan.Zero, TimeSpan.FromDays(3653));
        Check(nameof(options.Lease), options.Lease, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Check(nameof(options.Timeout), options.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Check(nameof(options.ReconnectDelay), options.ReconnectDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Check(nameof(options.MaxReconnectDelay), options.MaxReconnectDelay, options.ReconnectDelay, TimeSpan.FromHours(1));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check(string setting, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most) problems.Add($"{PathOf(setting)} is {value}; it has to be from {least} to {most}.");
        }
    }

    /// <summary>The configuration path of a setting.</summary>
    internal static string PathOf(string stream, string setting) => $"Streamx:{stream}:{StreamxSqliteBuilderExtensions.Section}:{setting}";

    private static string? ProblemOf(string? path)
    {
        if (string.IsNullOrWhiteSpace(path)) return "is empty; it has to name a file.";
        if (path.StartsWith(':') || path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            return $"is '{path}'; it has to name a file on a disk, as a plain path.";
        if (path.Contains('\0', StringComparison.Ordinal) || Path.EndsInDirectorySeparator(path))
            return $"is '{path}'; it has to name a file.";
        return null;
    }

    private string PathOf(string setting) => PathOf(stream, setting);
}
