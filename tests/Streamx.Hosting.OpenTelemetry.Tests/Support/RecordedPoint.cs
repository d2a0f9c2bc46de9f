namespace Streamx.Hosting.OpenTelemetry.Tests.Support;

/// <summary>A value of an instrument for one set of tags, as it was exported.</summary>
/// <param name="Meter">The meter's name.</param>
/// <param name="Name">The instrument's name.</param>
/// <param name="Unit">The instrument's unit.</param>
/// <param name="Tags">The tags.</param>
/// <param name="Value">The value; of a histogram the sum.</param>
/// <param name="Bounds">Of a histogram, where its buckets end, the last apart.</param>
internal sealed record RecordedPoint(
    string Meter, string Name, string Unit, IReadOnlyDictionary<string, object?> Tags, double Value, IReadOnlyList<double> Bounds);
