namespace Streamx.Hosting.Tests.Chaos;

/// <summary>A failure on purpose.</summary>
internal sealed class ChaosException() : Exception("On purpose.");
