using System.Diagnostics;

namespace Streamx.Hosting;

/// <summary>An exception that a worker failed with.</summary>
/// <remarks>The message comes from the application and may hold parts of values: show it only to readers that may see values.</remarks>
public sealed record StreamxFailure
{
    /// <summary>When it failed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The type of the exception, with its namespace.</summary>
    public required string ErrorType { get; init; }

    /// <summary>The message of the exception.</summary>
    public required string Message { get; init; }

    /// <summary>The id of the trace of the value that was in hand, as 32 hexadecimal digits; null where it was not traced.</summary>
    public string? TraceId { get; init; }

    /// <summary>
    /// The value that was in hand, the first of a batch: how many of the stream's values came before it, as
    /// <see cref="SubscriptionSnapshot.Position"/> counts; between processes its number in the stream, as
    /// <see cref="StreamxDelivery.Sequence"/>. Null where there was none, as for producers.
    /// </summary>
    public long? Position { get; init; }

    /// <summary>How that value came from another process; null in one process.</summary>
    public StreamxDelivery? Delivery { get; init; }

    /// <summary>Describes an exception on the thread that caught it, where the trace of the value in hand is current.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="clock">The stream's clock.</param>
    /// <param name="item">What was in hand.</param>
    /// <param name="index">Which value of that it is about.</param>
    internal static StreamxFailure Of(Exception error, TimeProvider clock, ItemInHand item, int index = 0) => new()
    {
        Position = item.Number is null ? null : item.NumberOf(index),
        Delivery = item.DeliveryOf(index),
        Time = clock.GetUtcNow(),
        ErrorType = StreamxTracing.TypeOf(error),
        Message = ErrorText.Of(error),
        TraceId = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId.ToHexString() : null,
    };
}
