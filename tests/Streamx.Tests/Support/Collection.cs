namespace Streamx.Tests.Support;

/// <summary>Collects garbage, to prove what the stream does not keep alive.</summary>
internal static class Collection
{
    internal static void Force()
    {
#pragma warning disable RS0030 // This is the one place that forces a collection, for tests that prove something is not kept alive.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
#pragma warning restore RS0030
    }
}
