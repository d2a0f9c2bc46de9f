namespace Streamx.Hosting.Dashboard;

/// <summary>The points of one stream's charts, the oldest first. All lists are of one length.</summary>
/// <param name="Name">The stream.</param>
/// <param name="Times">The times of the points, in seconds of Unix time.</param>
/// <param name="ItemsPerSecond">Values accepted a second.</param>
/// <param name="BlockedRatio">Which part of the second a put was waiting.</param>
/// <param name="HandlingP95Seconds">For each consumer how long 95 of 100 values were in hand at most.</param>
internal sealed record StreamHistory(
    string Name,
    IReadOnlyList<double> Times,
    IReadOnlyList<double> ItemsPerSecond,
    IReadOnlyList<double> BlockedRatio,
    IReadOnlyDictionary<string, IReadOnlyList<double?>> HandlingP95Seconds);
