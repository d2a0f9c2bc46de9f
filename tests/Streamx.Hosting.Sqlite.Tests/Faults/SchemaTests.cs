namespace Streamx.Hosting.Sqlite.Tests.Faults;

/// <summary>Tables and files that an administrator makes.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly TestFile _file = new();

    [Fact]
    public async Task Open_ScriptIsUnderWay_TheTablesAreMissing()
    {
        _file.Options.CreateSchema = false;
        _file.Execute("create table streamx_schema (version integer not null)");
        var process = _file.CreateProcess();

        var error = await Assert.ThrowsAsync<TransportException>(() => process.RegisterAsync(["a"], default).WithinAsync());
        _file.Execute("drop table streamx_schema; begin immediate; " + Schema.Script + " commit;");
        await process.RegisterAsync(["a"], default).WithinAsync();

        Assert.Contains("has no tables of streams, and CreateSchema is false", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsFinal);
    }

    [Fact]
    public async Task Open_NoFileAndNotToBeCreated_SaysSo()
    {
        _file.Options.CreateSchema = false;

        var error = await Assert.ThrowsAsync<TransportException>(() => _file.CreateProcess().RegisterAsync(["a"], default).WithinAsync());

        Assert.Contains($"'{_file.Path}' does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("CreateSchema", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_file.Path));
    }

    public void Dispose() => _file.Dispose();
}
