using Streamx.Repository.Tests.Snippets;
using Streamx.TestUtilities.Transports;

namespace Streamx.Hosting.Tests.Transport;

/// <summary>The engine that the guide shows keeps the contract.</summary>
public sealed class MemoryEngineTests : TransportContract
{
    private readonly MemoryStore _store = new();

    private protected override IStreamTransport CreateProcess(string? instance = null) => _store.CreateProcess(instance);

    private protected override Task StandbyAsync(IStreamTransport process)
    {
        // LeadAsync gets in line before it returns.
        Assert.True(process.IsStandby);
        return Task.CompletedTask;
    }
}
