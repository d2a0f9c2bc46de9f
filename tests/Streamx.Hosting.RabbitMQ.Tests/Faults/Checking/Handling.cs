namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Checking;

/// <summary>A value that came to a handler.</summary>
/// <param name="Name">The consumer.</param>
/// <param name="Process">Its process.</param>
/// <param name="Value">The value.</param>
/// <param name="Epoch">The epoch it was put under.</param>
/// <param name="Stream">The stream's id; zero where the log has none.</param>
/// <param name="Sequence">Its number in the stream.</param>
/// <param name="IsMarked">Whether it is marked as redelivered.</param>
/// <param name="Begun">When.</param>
internal sealed record Handling(string Name, string Process, long Value, long Epoch, long Stream, long Sequence, bool IsMarked, long Begun)
{
    /// <summary>What it is known by, wherever and however often it is delivered.</summary>
    public (long Stream, long Sequence) Number => (Stream, Sequence);

    /// <summary>Whether the handler was done with it.</summary>
    public bool IsEnded { get; set; }
}
