namespace Streamx.Hosting.Dashboard;

/// <summary>An exception that a worker failed with.</summary>
internal sealed record FailureDocument
{
    /// <summary>When it failed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The type of the exception, with its namespace.</summary>
    public required string ErrorType { get; init; }

    /// <summary>The message of the exception; null for a reader without the right to control the streams.</summary>
    public required string? Message { get; init; }

    /// <summary>The id of the trace of the value; null where it was not traced.</summary>
    public required string? TraceId { get; init; }

    /// <summary>The number of the value that was in hand, the first of a batch; null where there was none.</summary>
    public required long? Position { get; init; }

    /// <summary>The epoch of that value; null in one process.</summary>
    public required long? Epoch { get; init; }

    /// <summary>Whether that value had been delivered before; null in one process.</summary>
    public required bool? IsRedelivered { get; init; }

    /// <summary>Describes a failure; null for null.</summary>
    internal static FailureDocument? Of(StreamxFailure? failure) => failure is null ? null : new FailureDocument
    {
        Time = failure.Time,
        ErrorType = failure.ErrorType,
        Message = Shorten(failure.Message),
        TraceId = failure.TraceId,
        Position = failure.Position,
        Epoch = failure.Delivery?.Epoch,
        IsRedelivered = failure.Delivery?.IsRedelivered,
    };

    /// <summary>A message that is short enough to be sent every second.</summary>
    internal static string Shorten(string message) => message.Length <= MaxMessage ? message : $"{message.AsSpan(0, MaxMessage)}…";

    /// <summary>The longest message, in characters.</summary>
    private const int MaxMessage = 300;
}
