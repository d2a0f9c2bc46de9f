namespace Streamx.Hosting.Dashboard.Tests.Load;

/// <summary>How a worker did for a while.</summary>
/// <param name="PerSecond">Values a second.</param>
/// <param name="Cores">How many cores it kept busy.</param>
internal sealed record Stretch(double PerSecond, double Cores);
