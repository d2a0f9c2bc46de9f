namespace Streamx.Hosting.Sqlite.Tests.Transport;

/// <summary>The contract, where no two processes share anything but the file.</summary>
public sealed class SqliteTransportTests : TransportContract, IDisposable
{
    private readonly TestFile _file = new();

    private protected override IStreamTransport CreateProcess(string? instance = null) => _file.CreateProcess(instance);

    private protected override Task StandbyAsync(IStreamTransport process) => Until.TrueAsync(() => process.IsStandby);

    public void Dispose() => _file.Dispose();
}
