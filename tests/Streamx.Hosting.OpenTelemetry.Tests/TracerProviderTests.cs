using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Streamx.Hosting.OpenTelemetry.Tests.Support;

namespace Streamx.Hosting.OpenTelemetry.Tests;

/// <summary>The sources have the names of the real ones.</summary>
public sealed class TracerProviderTests : IDisposable
{
    /// <summary>Tests run at the same time, and every provider sees every source.</summary>
    private readonly string _name = $"test {Guid.NewGuid():N}";

    private readonly ActivitySource _source = new(StreamxSources.ActivitySourceName);
    private readonly ActivityRecorder _recorder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AddStreamxInstrumentation_AnyNumberOfTimes_CollectsTheSourceOnce(int times)
    {
        using var other = new ActivitySource("Streamx.Hosting.Other");
        var builder = Sdk.CreateTracerProviderBuilder();
        for (var i = 0; i < times; i++) Assert.Same(builder, builder.AddStreamxInstrumentation());
        using var provider = Build(builder);

        using (var activity = _source.StartActivity(_name, ActivityKind.Producer)) Assert.NotNull(activity);
        using (var activity = other.StartActivity(_name)) Assert.Null(activity);

        var exported = Assert.Single(_recorder.Activities, activity => activity.DisplayName == _name);
        Assert.Equal((StreamxSources.ActivitySourceName, ActivityKind.Producer), (exported.Source.Name, exported.Kind));
    }

    [Fact]
    public void WithoutAddStreamxInstrumentation_CollectsNothing()
    {
        using var provider = Build(Sdk.CreateTracerProviderBuilder());

        _source.StartActivity(_name)?.Dispose();

        Assert.Empty(_recorder.Activities);
    }

    [Fact]
    public void AddStreamxInstrumentation_Null_Throws()
    {
        Assert.Throws<ArgumentNullException>("builder", () => ((TracerProviderBuilder)null!).AddStreamxInstrumentation());
    }

    public void Dispose()
    {
        _source.Dispose();
        _recorder.Dispose();
    }

    private TracerProvider Build(TracerProviderBuilder builder) => builder.AddProcessor(new SimpleActivityExportProcessor(_recorder)).Build();
}
