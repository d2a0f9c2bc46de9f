namespace Streamx.Hosting.Control;

/// <summary>Flows with a producer's code through all its calls, so that a drain that would wait for that code is recognised.</summary>
/// <param name="stream">The stream it puts into.</param>
/// <param name="producer">Its name.</param>
internal sealed class ProducerMark(HostedStream stream, string producer) : IDisposable
{
    /// <summary>The mark of the code that runs.</summary>
    private static readonly AsyncLocal<ProducerMark?> s_current = new();

    /// <summary>Whether the producer's code has returned.</summary>
    private volatile bool _isOver;

    /// <summary>The stream and the name of the producer whose code runs here; null if none does.</summary>
    internal static (HostedStream Stream, string Producer)? Active => s_current.Value is { _isOver: false } mark ? mark.Owner : null;

    private (HostedStream Stream, string Producer) Owner => (stream, producer);

    /// <summary>Marks what the calling method calls from here on, until the mark is disposed.</summary>
    internal static ProducerMark Enter(HostedStream stream, string producer) => s_current.Value = new ProducerMark(stream, producer);

    /// <summary>The producer's code has returned. Work that it left running is no longer marked.</summary>
    public void Dispose() => _isOver = true;
}
