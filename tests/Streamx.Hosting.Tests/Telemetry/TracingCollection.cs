namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>Tests of activities: their source is one for the process, and whether anybody listens to it must be up to the test.</summary>
[CollectionDefinition(nameof(TracingCollection), DisableParallelization = true)]
public sealed class TracingCollection;
