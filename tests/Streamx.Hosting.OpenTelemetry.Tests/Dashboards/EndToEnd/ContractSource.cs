using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Streamx.Hosting.OpenTelemetry.Tests.Dashboards.Instruments;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>Every instrument of the table, each with one measurement and every tag, sent by the real SDK.</summary>
internal sealed class ContractSource : IDisposable
{
    /// <summary>What each instrument measures.</summary>
    public const double Value = 3;

    /// <summary>The instruments' meter.</summary>
    private readonly Meter _meter = new(StreamxSources.MeterName);

    /// <summary>Collects and sends.</summary>
    private readonly MeterProvider _provider;

    /// <summary>Creates the instruments and measures once with each.</summary>
    public ContractSource(Uri collector)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.Clear().AddService("orders", "shop", "1.2.3", serviceInstanceId: "a"))
            .AddStreamxInstrumentation()
            .AddOtlpExporter(exporter =>
            {
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = new Uri(collector, "v1/metrics");
            })
            .Build();
        foreach (var instrument in InstrumentTable.All) Measure(instrument);
    }

    /// <summary>What a tag of a series is set to.</summary>
    public static string TagValue(string tag) => $"a {tag}";

    /// <summary>Sends everything now; false when it did not get there.</summary>
    public bool Send() => _provider.ForceFlush((int)Command.Limit.TotalMilliseconds);

    public void Dispose()
    {
        _provider.Dispose();
        _meter.Dispose();
    }

    private void Measure(InstrumentContract contract)
    {
        KeyValuePair<string, object?>[] tags = [.. ((string[])[StreamxTags.StreamName, .. contract.Tags]).Select(tag => KeyValuePair.Create(tag, (object?)TagValue(tag)))];
        switch (contract.Kind)
        {
            case InstrumentKind.Histogram:
                _meter.CreateHistogram(contract.Name, contract.Unit, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 5] }).Record(Value, tags);
                break;
            case InstrumentKind.Counter:
                _meter.CreateCounter<double>(contract.Name, contract.Unit).Add(Value, tags);
                break;
            case InstrumentKind.UpDownCounter:
                _meter.CreateUpDownCounter<long>(contract.Name, contract.Unit).Add((long)Value, tags);
                break;
            case InstrumentKind.Gauge:
                _meter.CreateGauge<double>(contract.Name, contract.Unit).Record(Value, tags);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(contract));
        }
    }
}
