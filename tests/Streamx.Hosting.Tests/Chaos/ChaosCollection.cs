namespace Streamx.Hosting.Tests.Chaos;

/// <summary>Runs beside no other test: the exit code is the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ChaosCollection
{
    public const string Name = "Chaos";
}
