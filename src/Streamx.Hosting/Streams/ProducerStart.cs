namespace Streamx.Hosting.Streams;

/// <summary>What a run of a producer begins with.</summary>
/// <param name="Term">Its leader term, where bookmarks are stored; null otherwise.</param>
/// <param name="Refusal">Why none are stored; null where they are.</param>
internal sealed record ProducerStart(ProducerTerm? Term, string? Refusal);
