namespace Streamx.Hosting.Registration;

/// <summary>The rules for names of streams and workers: they are configuration keys and telemetry tags.</summary>
internal static class Names
{
    /// <summary>How names compare.</summary>
    internal static StringComparer Comparer => StringComparer.OrdinalIgnoreCase;

    /// <summary>Returns the name if it is valid.</summary>
    /// <exception cref="ArgumentException">It is empty or contains a colon.</exception>
    internal static string Check(string name, string parameter)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name, parameter);
        if (name.Contains(':', StringComparison.Ordinal))
            throw new ArgumentException($"The name '{name}' contains ':', which separates names in configuration.", parameter);
        return name;
    }
}
