namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>How a random run ends, if nothing fails before.</summary>
internal enum SlotRunEnd
{
    Completion,
    Stop,
    Abort,
    Detach,
    Attach,
}
