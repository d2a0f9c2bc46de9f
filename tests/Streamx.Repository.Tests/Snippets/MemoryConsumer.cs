namespace Streamx.Repository.Tests.Snippets;

/// <summary>A durable consumer. Guarded by the lock of the store.</summary>
internal sealed class MemoryConsumer
{
    /// <summary>The number up to which it has finished everything.</summary>
    internal long Position { get; set; }

    /// <summary>The highest number that a session has been given.</summary>
    internal long Delivered { get; set; }

    /// <summary>The sessions in line; the first one is given the values.</summary>
    internal List<MemoryJoinSession> Line { get; } = [];
}
