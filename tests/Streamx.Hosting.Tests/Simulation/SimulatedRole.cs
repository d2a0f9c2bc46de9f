namespace Streamx.Hosting.Tests.Simulation;

/// <summary>What a process of a simulated cluster runs.</summary>
/// <param name="Produces">Whether it has a producer.</param>
/// <param name="Consumers">Its consumers.</param>
internal sealed record SimulatedRole(bool Produces, IReadOnlyList<string> Consumers);
