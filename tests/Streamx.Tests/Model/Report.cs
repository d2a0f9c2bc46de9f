namespace Streamx.Tests.Model;

/// <summary>What is to be seen of a stream, in the words both sides use.</summary>
internal static class Report
{
    internal static IEnumerable<string> Lines(
        StreamState state, long accepted, long discarded, int waiting, IEnumerable<string> members, string completion, string closing) =>
    [
        $"state: {state}",
        $"values put: {accepted}, discarded: {discarded}, waiting: {waiting}",
        $"members: {string.Join(' ', members)}",
        $"completion: {completion}",
        $"close: {closing}",
    ];
}
