namespace Streamx.Hosting.Tests.Chaos;

/// <summary>The kinds of consumers.</summary>
internal enum ChaosKind
{
    Delegate,
    Handler,
    Batches,
    Loop,
    Processor,
}
