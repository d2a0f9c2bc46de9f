namespace Streamx.Hosting;

/// <summary>A value that a consumer could not handle.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <param name="Value">The value.</param>
/// <param name="StreamName">The stream it came from.</param>
/// <param name="ConsumerName">The consumer that failed.</param>
/// <param name="Exception">What it failed with, the last time.</param>
/// <param name="Attempts">How often it was tried, the first try included.</param>
public sealed record DeadLetter<T>(T Value, string StreamName, string ConsumerName, Exception Exception, int Attempts);
