namespace Streamx.Hosting.Testing;

/// <summary>How long one put waited, and for which consumer.</summary>
/// <param name="Producer">
/// The name of the producer, or <see cref="StreamxTags.InjectedProducer"/> for the test and every injected writer.
/// </param>
/// <param name="Duration">How long it waited until every consumer was ready, on the harness's clock; zero when there was room.</param>
/// <param name="GatedBy">The consumer it waited for: the one whose finishing or leaving released it. Null when it waited for none.</param>
public sealed record PutWait(string Producer, TimeSpan Duration, string? GatedBy);
