namespace WorkerDemo.Tests.Otlp;

/// <summary>What kind of points an instrument has.</summary>
/// <param name="Kind">gauge, sum or histogram.</param>
/// <param name="Temporality">cumulative or delta; empty for a gauge.</param>
/// <param name="IsMonotonic">Whether a sum only grows.</param>
internal sealed record OtlpData(string Kind, string Temporality, bool IsMonotonic)
{
    internal static OtlpData OfSum(ProtobufMessage sum) => new("sum", TemporalityOf(sum), sum.Integer(3) != 0);

    internal static OtlpData OfHistogram(ProtobufMessage histogram) => new("histogram", TemporalityOf(histogram), IsMonotonic: false);

    private static string TemporalityOf(ProtobufMessage data) => data.Integer(2) switch { 1 => "delta", 2 => "cumulative", _ => "unspecified" };
}
