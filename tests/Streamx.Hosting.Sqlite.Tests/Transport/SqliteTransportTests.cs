using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Streamx.Hosting.Sqlite.Tests.Transport;

/// <summary>The contract, where no two processes share anything but the file.</summary>
public sealed class SqliteTransportTests : TransportContract, IDisposable
{
    private readonly TestFile _file = new();
    private SqliteConnection? _connection;

    private protected override IStreamTransport CreateProcess(string? instance = null) => _file.CreateProcess(instance);

    private protected override bool MayRefuse => false;

    private protected override bool TransactionsHoldOffTakeovers => true;

    private protected override DbTransaction BeginTransaction() => (_connection ??= _file.Connect()).BeginTransaction();

    private protected override Task StandbyAsync(IStreamTransport process) => Until.TrueAsync(() => process.IsStandby);

    public void Dispose()
    {
        _connection?.Dispose();
        _file.Dispose();
    }
}
