namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>One measurement.</summary>
internal sealed record Recorded(string Instrument, double Value, IReadOnlyDictionary<string, object?> Tags, bool IsObserved)
{
    public object? Tag(string name) => Tags.GetValueOrDefault(name);
}
