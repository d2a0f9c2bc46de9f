namespace Streamx.Tests.Histories;

/// <summary>One read, noted before it is made: calling it already finishes what the last one gave.</summary>
/// <param name="invoked">Just before the call.</param>
internal sealed class ReadCall(long invoked)
{
    internal long Invoked => invoked;

    /// <summary>When its result was known.</summary>
    internal long Responded { get; set; } = HistoryClock.Never;

    /// <summary>What it gave: nothing at the end.</summary>
    internal IReadOnlyList<PutCall> Values { get; set; } = [];

    internal string Describe() => $"{Invoked,7} read {(Values.Count == 0 ? "nothing" : string.Join(' ', Values))} {Responded}";
}
