using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Streamx.Hosting.Sqlite.Tests.Transport;

/// <summary>The contract, where all share the file's connection: values are handed over in memory.</summary>
public sealed class SharedFileTests : TransportContract, IDisposable
{
    private readonly TestFile _file = new();
    private SqliteConnection? _connection;
    private readonly SqlStores _files = new(TimeProvider.System);

    private protected override IStreamTransport CreateProcess(string? instance = null) => _file.CreateProcess(instance, files: _files);

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
