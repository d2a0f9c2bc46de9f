using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Streamx.Hosting.OpenTelemetry.Tests.Support;

namespace Streamx.Hosting.OpenTelemetry.Tests;

/// <summary>The meters have the names of the real ones, as another version of the package in the same process would.</summary>
public sealed class MeterProviderTests : IDisposable
{
    /// <summary>Tests run at the same time, and every provider sees every meter.</summary>
    private readonly string _instrument = $"test.{Guid.NewGuid():N}";

    private readonly Meter _meter = new(StreamxSources.MeterName);
    private readonly MetricRecorder _recorder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AddStreamxInstrumentation_AnyNumberOfTimes_CollectsItsMetersOnce(int times)
    {
        using var engine = new Meter($"{StreamxSources.MeterName}.Engine");
        using var other = new Meter($"{StreamxSources.MeterName}Other");
        var builder = Sdk.CreateMeterProviderBuilder();
        for (var i = 0; i < times; i++) Assert.Same(builder, builder.AddStreamxInstrumentation());
        using var provider = Build(builder);

        _meter.CreateCounter<long>(_instrument, "{item}").Add(3, new KeyValuePair<string, object?>(StreamxTags.StreamName, "s"));
        engine.CreateCounter<long>($"{_instrument}.engine").Add(4);
        other.CreateCounter<long>(_instrument).Add(5);
        provider.ForceFlush();

        Assert.Equal((engine.Name, 4.0), Assert.Single(_recorder.Of($"{_instrument}.engine").Select(point => (point.Meter, point.Value))));
        var point = Assert.Single(_recorder.Of(_instrument));
        Assert.Equal((StreamxSources.MeterName, "{item}", 3.0, "s"), (point.Meter, point.Unit, point.Value, point.Tags[StreamxTags.StreamName]));
    }

    [Fact]
    public void WithoutAddStreamxInstrumentation_CollectsNothing()
    {
        using var provider = Build(Sdk.CreateMeterProviderBuilder());

        _meter.CreateCounter<long>(_instrument).Add(3);
        provider.ForceFlush();

        Assert.Empty(_recorder.Points);
    }

    [Fact]
    public void Histogram_BringsItsBuckets_AViewOverridesThem()
    {
        using var viewed = new MetricRecorder();
        using var provider = Build(Sdk.CreateMeterProviderBuilder().AddStreamxInstrumentation());
        using var withView = Sdk.CreateMeterProviderBuilder().AddStreamxInstrumentation()
            .AddView(_instrument, new ExplicitBucketHistogramConfiguration { Boundaries = [7] })
            .AddReader(new BaseExportingMetricReader(viewed)).Build();

        _meter.CreateHistogram<double>(_instrument, "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.1, .5] }).Record(.3);
        provider.ForceFlush();
        withView.ForceFlush();

        Assert.Equal([.1, .5], Assert.Single(_recorder.Of(_instrument)).Bounds);
        Assert.Equal([7], Assert.Single(viewed.Of(_instrument)).Bounds);
    }

    [Fact]
    public async Task AddStreamxInstrumentation_InAContainer_TheLastExportStillObserves()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddMetrics();
        new ServiceBuilder(services).WithMetrics(metrics => metrics.AddStreamxInstrumentation().AddReader(new BaseExportingMetricReader(_recorder)));

        await using (var provider = services.BuildServiceProvider())
        {
            // As at the start of a host: the provider comes first, and who has something to measure after it.
            provider.GetRequiredService<MeterProvider>();
            provider.GetRequiredService<IMeterFactory>().Create(StreamxSources.MeterName).CreateObservableGauge(_instrument, () => 42);
        }

        Assert.Equal(42, Assert.Single(_recorder.Of(_instrument)).Value);
    }

    [Fact]
    public async Task Host_MeterProviderResolvedBeforeTheStart_TheLastExportStillObserves()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        // By name, as applications do that have no more than the meter's name: nothing but the order of creation helps them.
        new ServiceBuilder(builder.Services).WithMetrics(metrics => metrics.AddMeter(StreamxSources.MeterName).AddReader(new BaseExportingMetricReader(_recorder)));
        builder.Services.AddStreamx<int>(_instrument).AddConsumer("any", (_, _) => default);
        var host = builder.Build();
        host.Services.GetRequiredService<MeterProvider>();

        await host.StartAsync();
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.Contains(_recorder.Of(StreamxInstruments.StreamStatus), point => Equals(point.Tags[StreamxTags.StreamName], _instrument) && point.Value > 0);
        Assert.Contains(_recorder.Of(StreamxInstruments.ConsumerTime), point => Equals(point.Tags[StreamxTags.StreamName], _instrument));
    }

    [Fact]
    public void AddStreamxInstrumentation_Null_Throws()
    {
        Assert.Throws<ArgumentNullException>("builder", () => ((MeterProviderBuilder)null!).AddStreamxInstrumentation());
    }

    public void Dispose()
    {
        _meter.Dispose();
        _recorder.Dispose();
    }

    /// <summary>What the SDK's extension methods need.</summary>
    private sealed class ServiceBuilder(IServiceCollection services) : IOpenTelemetryBuilder
    {
        public IServiceCollection Services => services;
    }

    private MeterProvider Build(MeterProviderBuilder builder) => builder.AddReader(new BaseExportingMetricReader(_recorder)).Build();
}
