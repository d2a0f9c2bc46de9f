namespace Streamx.Hosting.Remote.Reporting;

/// <summary>A consumer in a process's report.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsActive">Whether its values come to the process.</param>
/// <param name="State">What it is doing.</param>
/// <param name="IsStalled">Whether it has held one value for too long.</param>
/// <param name="BusyRatio">For which part of the last second it was busy.</param>
/// <param name="ItemAgeSeconds">How long it has had the value in hand; null for none.</param>
/// <param name="Lag">How many values it has not finished.</param>
internal sealed record ReportedConsumer(
    string Name, bool IsActive, StreamxConsumerState State, bool IsStalled, double BusyRatio, double? ItemAgeSeconds, long Lag);
