namespace Streamx.Hosting;

/// <summary>The host cannot start, because of how its streams have been registered or configured.</summary>
/// <remarks>
/// Thrown by the start of the host. Values out of range are found earlier and reported as
/// <c>Microsoft.Extensions.Options.OptionsValidationException</c>.
/// </remarks>
public sealed class StreamxConfigurationException : InvalidOperationException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problems">Everything that is wrong; each names the stream, the worker or the setting.</param>
    /// <exception cref="ArgumentNullException"><paramref name="problems"/> is null.</exception>
    public StreamxConfigurationException(IReadOnlyList<string> problems)
        : base(Describe(problems)) => Problems = problems;

    /// <summary>Everything that is wrong; each names the stream, the worker or the setting.</summary>
    public IReadOnlyList<string> Problems { get; }

    private static string Describe(IReadOnlyList<string> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        return problems.Count == 1
            ? $"Streamx cannot start: {problems[0]}"
            : "Streamx cannot start:" + string.Concat(problems.Select(problem => $"{Environment.NewLine} - {problem}"));
    }
}
