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

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(2, false)]
    public async Task Open_TablesOfAVersionBefore_AreMigratedIfTheyMayBe(int version, bool mayCreate)
    {
        string[] newTables = ["streamx_marks", "streamx_reports"];
        var before = Schema.Script[..Schema.Script.IndexOf($"create table {newTables[version - 1]}", StringComparison.Ordinal)];
        _file.Execute(
            $"begin immediate; {before} update streamx_schema set version = {version}; "
            + "insert into streamx_streams (id, key, name, head) values (7, 'NUMBERS', 'numbers', 3); commit;");
        _file.Options.CreateSchema = mayCreate;

        var error = await Record.ExceptionAsync(() => _file.CreateProcess().RegisterAsync(["a"], default).WithinAsync());

        Assert.Equal(mayCreate, error is null);
        Assert.Equal(mayCreate ? 3 : version, _file.Number("select version from streamx_schema"));
        if (mayCreate) Assert.Equal(3, _file.Number("select position from streamx_consumers where stream = 7"));
        else Assert.Contains($"have version {version}; this package needs version 3", error!.Message, StringComparison.Ordinal);
        Assert.Equal(mayCreate ? 2 : version - 1, _file.Number("select count(*) from sqlite_master where name in ('streamx_marks', 'streamx_reports')"));
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
