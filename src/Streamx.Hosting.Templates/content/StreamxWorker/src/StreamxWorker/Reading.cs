namespace StreamxWorker;

/// <summary>What the stream carries.</summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="Celsius">The temperature.</param>
public sealed record Reading(int Number, double Celsius);
