namespace Streamx.Hosting;

/// <summary>How far a producer is in what it reads from, in its own terms.</summary>
/// <param name="Producer">The producer's name.</param>
/// <param name="Text">What it goes on from: an offset, an id, a cursor.</param>
public sealed record TransportBookmark(string Producer, string Text);
