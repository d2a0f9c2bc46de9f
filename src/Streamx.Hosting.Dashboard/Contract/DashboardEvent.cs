namespace Streamx.Hosting.Dashboard;

/// <summary>Something that happened to a stream or a worker.</summary>
/// <param name="Id">Grows with each event.</param>
/// <param name="Time">When it was noticed.</param>
/// <param name="Kind">What happened: one word.</param>
/// <param name="Stream">The stream.</param>
/// <param name="Worker">The worker; null for the stream itself.</param>
/// <param name="Text">A sentence for people.</param>
/// <param name="ErrorType">The type of the exception that caused it; null if no exception caused it.</param>
/// <param name="Message">The message of that exception; null for a reader without the right to control the streams.</param>
internal sealed record DashboardEvent(
    long Id,
    DateTimeOffset Time,
    string Kind,
    string Stream,
    string? Worker,
    string Text,
    string? ErrorType = null,
    string? Message = null);
