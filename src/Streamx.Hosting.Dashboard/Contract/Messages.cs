namespace Streamx.Hosting.Dashboard;

/// <summary>Removes the messages of exceptions from documents: they may contain parts of values.</summary>
internal static class Messages
{
    internal static DashboardDocument Remove(DashboardDocument document) => document with
    {
        Streams = [.. document.Streams.Select(Remove)],
        Events = [.. document.Events.Select(Remove)],
    };

    internal static HistoryDocument Remove(HistoryDocument document) => document with { Events = [.. document.Events.Select(Remove)] };

    private static StreamDocument Remove(StreamDocument stream) => stream with
    {
        Producers = [.. stream.Producers.Select(producer => producer with { LastFailure = Remove(producer.LastFailure) })],
        Consumers = [.. stream.Consumers.Select(consumer => consumer with
        {
            LastFailure = Remove(consumer.LastFailure),
            FailedValues = [.. consumer.FailedValues.Select(value => value with { Failure = Remove(value.Failure)! })],
        })],
    };

    private static DashboardEvent Remove(DashboardEvent happened) => happened with { Message = null };

    private static FailureDocument? Remove(FailureDocument? failure) => failure is null ? null : failure with { Message = null };
}
