namespace Streamx.Tests.Stress;

/// <summary>Runs alone: it measures memory, which other tests use too.</summary>
[CollectionDefinition(nameof(StressCollection), DisableParallelization = true)]
public sealed class StressCollection;
