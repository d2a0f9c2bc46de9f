namespace Streamx.TestUtilities.InMemory;

/// <summary>Has single steps go wrong, as a test says. Not thread-safe: said before what it is about happens.</summary>
internal sealed class FaultScript : IFaults
{
    private readonly List<(FaultPoint Point, InMemoryTransport? Process, Fault Fault)> _next = [];

    /// <summary>How many faults have not happened yet.</summary>
    public int Pending => _next.Count;

    /// <summary>The next step of that kind goes wrong. Said several times, the next ones do, one after the other.</summary>
    /// <param name="point">The step.</param>
    /// <param name="fault">What happens.</param>
    /// <param name="process">Whose step; null for any process.</param>
    public void Next(FaultPoint point, Fault fault, InMemoryTransport? process = null) => _next.Add((point, process, fault));

    /// <inheritdoc/>
    public Fault At(FaultPoint point, InMemoryTransport process)
    {
        var index = _next.FindIndex(fault => fault.Point == point && (fault.Process is null || fault.Process == process));
        if (index < 0) return default;
        var found = _next[index].Fault;
        _next.RemoveAt(index);
        return found;
    }
}
