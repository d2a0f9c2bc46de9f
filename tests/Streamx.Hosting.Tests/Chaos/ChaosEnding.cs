namespace Streamx.Hosting.Tests.Chaos;

/// <summary>How the life of a host ends.</summary>
internal enum ChaosEnding
{
    Stop,
    StopTwice,
    StopWithCancelledToken,
    StopApplication,
    Completion,
    Fault,
    Dispose,
    DisposeWhileStopping,
    StopDuringStart,
}
