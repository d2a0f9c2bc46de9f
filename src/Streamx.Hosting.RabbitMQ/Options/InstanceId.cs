using Microsoft.Extensions.Configuration;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>What a process is called unless its settings say otherwise.</summary>
internal static class InstanceId
{
    private const string Variable = "OTEL_RESOURCE_ATTRIBUTES";
    private const string Attribute = "service.instance.id";

    /// <summary>The id its metrics have, so that they can be found; else its host's name, which is the pod's on Kubernetes, and its process id.</summary>
    internal static string Find(IConfiguration? configuration) =>
        Read(configuration?[Variable] ?? Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } id
            ? id
            : $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>What OpenTelemetry reads from the same text: <c>key=value</c>, separated by commas, percent-encoded.</summary>
    private static string? Read(string? attributes)
    {
        foreach (var attribute in (attributes ?? "").Split(','))
        {
            var at = attribute.IndexOf('=', StringComparison.Ordinal);
            if (at > 0 && attribute.AsSpan(0, at).Trim().SequenceEqual(Attribute)) return Uri.UnescapeDataString(attribute[(at + 1)..].Trim());
        }

        return null;
    }
}
