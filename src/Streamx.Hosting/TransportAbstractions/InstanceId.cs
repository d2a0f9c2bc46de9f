using Microsoft.Extensions.Configuration;

namespace Streamx.Hosting.TransportAbstractions;

/// <summary>The default instance id of a process.</summary>
internal static class InstanceId
{
    private const string Variable = "OTEL_RESOURCE_ATTRIBUTES";
    private const string Attribute = "service.instance.id";

    /// <summary>
    /// The instance id of the process's metrics, so that they can be found; else the host's name, which is the pod's on Kubernetes, and the
    /// process id.
    /// </summary>
    internal static string Find(IConfiguration? configuration) =>
        Read(configuration?[Variable] ?? Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } id
            ? id
            : $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>Parses the text as OpenTelemetry does: <c>key=value</c>, separated by commas, percent-encoded.</summary>
    private static string? Read(string? attributes)
    {
        foreach (var attribute in (attributes ?? "").Split(','))
        {
            var at = attribute.IndexOf('=', StringComparison.Ordinal);
            if (at > 0 && attribute.AsSpan(0, at).Trim().SequenceEqual(Attribute))
                return Uri.UnescapeDataString(attribute[(at + 1)..].Trim());
        }

        return null;
    }
}
