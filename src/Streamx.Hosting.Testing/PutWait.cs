namespace Streamx.Hosting.Testing;

/// <summary>How long one put waited, and for whom.</summary>
/// <param name="Producer">Who put: the producer's name, or <see cref="StreamxTags.InjectedProducer"/> for the test and every injected writer.</param>
/// <param name="Duration">How long it waited until every consumer was ready, on the harness's clock; zero when there was room.</param>
/// <param name="GatedBy">The consumer whose finishing or leaving released it: who it waited for. Null when it waited for nobody.</param>
public sealed record PutWait(string Producer, TimeSpan Duration, string? GatedBy);
