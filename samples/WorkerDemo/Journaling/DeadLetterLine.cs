namespace WorkerDemo;

/// <summary>A line of the dead-letter file.</summary>
/// <param name="StreamName">The stream.</param>
/// <param name="ConsumerName">Who could not handle the event.</param>
/// <param name="Attempts">How often it tried.</param>
/// <param name="Error">Why the last attempt failed.</param>
/// <param name="Value">The event.</param>
internal sealed record DeadLetterLine(string StreamName, string ConsumerName, int Attempts, string Error, HostEvent Value);
