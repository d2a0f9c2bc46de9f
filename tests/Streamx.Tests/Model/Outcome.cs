namespace Streamx.Tests.Model;

/// <summary>What can come of an operation, as text. A read that took values says which.</summary>
internal static class Outcome
{
    internal const string Pending = "pending";
    internal const string Completed = "completed";
    internal const string False = "false";
    internal const string Cancelled = "OperationCanceledException";
    internal const string Closed = "StreamClosedException";
    internal const string Faulted = "StreamFaultedException";
    internal const string Refused = "InvalidOperationException";

    internal static string Of(bool result) => result ? Completed : False;

    /// <summary>Of a put of many values that ended early.</summary>
    internal static string After(string outcome, int accepted) => outcome == Refused ? Refused : $"{outcome} after {accepted}";

    internal static string Took(IEnumerable<string> values) => "took " + string.Join(' ', values);
}
