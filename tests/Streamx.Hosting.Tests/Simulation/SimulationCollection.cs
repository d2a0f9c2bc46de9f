namespace Streamx.Hosting.Tests.Simulation;

/// <summary>Runs beside no other test: the thread pool is the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SimulationCollection : ICollectionFixture<OneThread>
{
    public const string Name = "Simulation";
}
