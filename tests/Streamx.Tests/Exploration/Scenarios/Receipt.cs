namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A value in a consumer's hands.</summary>
internal sealed record Receipt(int Value, long At)
{
    /// <summary>Whether it is in the consumer's hands: values that are begun later are not when they are taken.</summary>
    internal bool IsBegun { get; set; } = true;

    /// <summary>When the consumer asked for the next, which finishes this one.</summary>
    internal long? FinishAsked { get; set; }
}
