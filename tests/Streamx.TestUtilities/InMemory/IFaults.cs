namespace Streamx.TestUtilities.InMemory;

/// <summary>Decides what goes wrong.</summary>
internal interface IFaults
{
    /// <summary>Asked at each step, under the lock of the store.</summary>
    /// <param name="point">The step.</param>
    /// <param name="process">The process whose step it is.</param>
    Fault At(FaultPoint point, InMemoryTransport process);
}
