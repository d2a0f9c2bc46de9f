using System.Data.Common;
using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;
using Streamx.TestUtilities.Transports;

namespace Streamx.Hosting.Tests.Transport;

/// <summary>The contract of transports on the one in memory, whose clock stands still.</summary>
public sealed class InMemoryTransportTests : TransportContract
{
    private readonly InMemoryStore _store = new(new SimulatedClock());

    private protected override IStreamTransport CreateProcess(string? instance = null) => _store.CreateProcess(instance);

    private protected override bool MayRefuse => false;

    private protected override DbTransaction BeginTransaction() => _store.BeginTransaction();

    private protected override Task StandbyAsync(IStreamTransport process) => Until.TrueAsync(() => process.IsStandby);
}
