namespace Streamx.Hosting;

/// <summary>The progress of a producer in its source, in the producer's own terms.</summary>
/// <param name="Producer">The producer's name.</param>
/// <param name="Text">What it resumes from: an offset, an id, a cursor.</param>
public sealed record TransportBookmark(string Producer, string Text);
