using Microsoft.Extensions.Options;

namespace Streamx.Hosting.TransportAbstractions;

/// <summary>Reports each setting of a stream's transport that cannot work.</summary>
/// <typeparam name="TOptions">The settings of the engine.</typeparam>
/// <param name="stream">The stream's name, which is that of the options.</param>
/// <param name="section">The name of the section of the settings, below the stream's.</param>
/// <param name="mostBytes">The most bytes that the engine can keep of a value.</param>
internal abstract class TransportOptionsValidator<TOptions>(string stream, string section, int mostBytes) : IValidateOptions<TOptions>
    where TOptions : TransportOptions
{
    /// <summary>The stream whose settings it checks.</summary>
    internal string Stream => stream;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        if (name != stream) return ValidateOptionsResult.Skip;
        List<string> problems = [.. ProblemsOf(options)];
        if (string.IsNullOrWhiteSpace(options.InstanceId)) problems.Add($"{PathOf(nameof(options.InstanceId))} is empty.");
        problems.AddRange(
        [
            .. OutOfRange(nameof(options.MaxValueBytes), options.MaxValueBytes, 1024, mostBytes),
            .. OutOfRange(nameof(options.MaxBytesUnderWay), options.MaxBytesUnderWay, 1024, 16L * 1024 * 1024 * 1024),
            .. OutOfRange(nameof(options.ReconnectDelay), options.ReconnectDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)),
            .. OutOfRange(nameof(options.MaxReconnectDelay), options.MaxReconnectDelay, options.ReconnectDelay, TimeSpan.FromHours(1)),
        ]);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    /// <summary>The problems of the engine's own settings. A value that may contain a secret is in none of them.</summary>
    protected abstract IEnumerable<string> ProblemsOf(TOptions options);

    /// <summary>The configuration path of a setting.</summary>
    protected string PathOf(string setting) => $"{StreamxConfiguration.Root}:{stream}:{section}:{setting}";

    /// <summary>A problem if a value is out of its range; else nothing.</summary>
    protected IEnumerable<string> OutOfRange<TValue>(string setting, TValue value, TValue least, TValue most)
        where TValue : IComparable<TValue>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            yield return $"{PathOf(setting)} is {value}; it has to be from {least} to {most}.";
    }
}
