namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A value in a consumer's hands.</summary>
internal sealed record Receipt(int Value, long At)
{
    /// <summary>When the consumer asked for the next, which finishes this one.</summary>
    internal long? FinishAsked { get; set; }
}
