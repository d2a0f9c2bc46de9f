namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>For tests that listen to the product's meter by its name: they would hear the streams of any other test.</summary>
[CollectionDefinition(DisableParallelization = true)]
public class AloneCollection;
