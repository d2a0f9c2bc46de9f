using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.Sqlite.Tests.Faults;

/// <summary>Files that cannot be used, and files that become so.</summary>
public sealed class FileFaultTests : IDisposable
{
    private readonly TestFile _file = new();

    [Fact]
    public async Task Open_NoDatabase_SaysSoAndGivesUp()
    {
        await File.WriteAllTextAsync(_file.Path, new string('x', 4096));

        var error = await Assert.ThrowsAsync<TransportException>(() => _file.CreateProcess().LeadAsync([], default).WithinAsync());

        Assert.Contains($"Streamx:numbers:Sqlite:Path: the file '{_file.Path}' is no SQLite database", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsFinal);
        Assert.Equal(new string('x', 4096), await File.ReadAllTextAsync(_file.Path));
    }

    [Fact]
    public async Task Open_Folder_SaysSo()
    {
        Directory.CreateDirectory(_file.Path);

        var error = await Assert.ThrowsAsync<TransportException>(() => _file.CreateProcess().JoinAsync("a", default).WithinAsync());

        Assert.Contains($"Streamx:numbers:Sqlite:Path: '{_file.Path}' is a folder, not a file", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsFinal);
    }

    [Fact]
    public async Task Open_FolderMissing_SaysSoAndWorksOnceItIsThere()
    {
        var files = new SqlStores(TimeProvider.System);
        var folder = Path.Combine(_file.Folder, "missing");
        SqliteStreamOptions options = new() { Path = Path.Combine(folder, "a.db"), Synchronous = SqliteSynchronous.Normal };
        var process = new SqlTransport("numbers", files, StoreSettings.Of(options, folder), options, TimeProvider.System);

        var error = await Assert.ThrowsAsync<TransportException>(() => process.RegisterAsync(["a"], default).WithinAsync());
        Directory.CreateDirectory(folder);
        await process.RegisterAsync(["a"], default).WithinAsync();

        Assert.Contains($"the folder of the file '{options.Path}' does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_FailFast_IsFinalOnlyUntilTheFileHasBeenUsed()
    {
        var folder = Path.Combine(_file.Folder, "sub");
        SqliteStreamOptions options = new() { Path = Path.Combine(folder, "a.db"), Synchronous = SqliteSynchronous.Normal, FailFast = true };
        var process = new SqlTransport("numbers", new SqlStores(TimeProvider.System), StoreSettings.Of(options, folder), options, TimeProvider.System);

        var first = await Assert.ThrowsAsync<TransportException>(() => process.RegisterAsync(["a"], default).WithinAsync());
        Directory.CreateDirectory(folder);
        await process.RegisterAsync(["a"], default).WithinAsync();
        await Until.TrueAsync(() => !File.Exists(options.Path + "-wal"));
        Directory.Delete(folder, recursive: true);
        var later = await Assert.ThrowsAsync<TransportException>(() => process.RegisterAsync(["a"], default).WithinAsync());

        Assert.Equal((true, false), (first.IsFinal, later.IsFinal));
    }

    [Fact]
    public async Task Open_SchemaOfAnotherVersion_SaysWhichAndGivesUp()
    {
        await _file.CreateProcess().RegisterAsync(["a"], default).WithinAsync();
        _file.Execute("update streamx_schema set version = 7");

        var error = await Assert.ThrowsAsync<TransportException>(() => _file.CreateProcess().LeadAsync([], default).WithinAsync());

        Assert.Contains("have version 7; this package needs version 3", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsFinal);
    }

    [Fact]
    public async Task Open_TablesMissingAndNotToBeCreated_SaysSoUntilAnAdministratorHasMadeThem()
    {
        _file.Options.CreateSchema = false;
        _file.Execute("create table own (id integer)");
        var process = _file.CreateProcess();

        var error = await Assert.ThrowsAsync<TransportException>(() => process.RegisterAsync(["a"], default).WithinAsync());
        _file.Execute(Schema.Script);
        await process.RegisterAsync(["a"], default).WithinAsync();

        Assert.Contains("has no tables of streams, and CreateSchema is false", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsFinal);
    }

    [Fact]
    public async Task Open_TablesOfTheApplication_StayAsTheyAre()
    {
        _file.Execute("create table own (id integer); insert into own values (7)");

        await using var a = await _file.CreateProcess().JoinAsync("a", default);

        Assert.Equal(7, _file.Number("select id from own"));
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("replaced")]
    [InlineData("log deleted")]
    [InlineData("log replaced")]
    [InlineData("index deleted")]
    public async Task Append_FileGone_FailsAndTheStreamIsKnownToBeForgotten(string how)
    {
        var process = _file.CreateProcess();
        var timesForgotten = 0;
        process.OnForgotten = () => timesForgotten++;
        await using var a = await process.JoinAsync("a", default);
        var lead = await process.LeadAsync(["a"], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 2);

        if (how is "deleted" or "replaced")
        {
            if (how == "replaced")
            {
                using var other = new TestFile();
                await other.CreateProcess(stream: "others").RegisterAsync(["x"], default).WithinAsync();
                File.Move(other.Path, _file.Path, overwrite: true);
            }
            else
            {
                File.Delete(_file.Path);
            }

            File.Delete(_file.Path + "-shm");
        }

        File.Delete(_file.Path + (how == "index deleted" ? "-shm" : "-wal"));
        if (how == "log replaced") await File.WriteAllBytesAsync(_file.Path + "-wal", []);
        var error = await Assert.ThrowsAsync<TransportException>(() => lead.AppendAsync(Value(3)).WithinAsync());

        Assert.Contains("has been deleted or replaced while it was in use", error.Message, StringComparison.Ordinal);
        await Task.WhenAll(lead.WhenLost, a.WhenLost).WithinAsync();
        Assert.False(a.IsHeld);
        await lead.DisposeAsync();
        if (how is not ("deleted" or "replaced")) return;
        await using var next = await process.LeadAsync([], default).WithinAsync();
        Assert.NotEqual(lead.StreamId, next.StreamId);
        Assert.True(next.Epoch > lead.Epoch);
        Assert.Equal((1, 2L), (timesForgotten, next.HighestReceived));
        Assert.Equal(["a"], next.Positions.Snapshot().Keys);
    }

    [Theory]
    [InlineData("join", false)]
    [InlineData("register", false)]
    [InlineData("lead", false)]
    [InlineData("lead", true)]
    public async Task Anything_FileGone_KnownConsumersAreRegisteredAgainWhateverComesFirst(string first, bool isRetired)
    {
        var process = _file.CreateProcess();
        var timesForgotten = 0;
        process.OnForgotten = () => timesForgotten++;
        await _file.CreateProcess().RegisterAsync(["b"], default).WithinAsync();
        var a = await process.JoinAsync("a", default);
        var lead = await process.LeadAsync(["a"], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 2);
        if (isRetired) await _file.CreateProcess().RetireAsync("b", default).WithinAsync();
        await Until.TrueAsync(() => lead.Positions.Snapshot().Count == (isRetired ? 1 : 2));
        foreach (var name in (string[])["", "-wal", "-shm"]) File.Delete(_file.Path + name);
        await Task.WhenAll(lead.WhenLost, a.WhenLost).WithinAsync();
        await a.DisposeAsync();
        await lead.DisposeAsync();
        if (first == "register") await process.RegisterAsync(["a"], StartFrom.Oldest, default).WithinAsync();
        if (first == "join") await (await process.JoinAsync("a", default)).DisposeAsync();
        await using var next = await process.LeadAsync(["a"], default).WithinAsync();

        Assert.Equal(isRetired ? ["a"] : ["a", "b"], next.Positions.Snapshot().Keys.Order());
        Assert.Equal((1, 2L), (timesForgotten, next.HighestReceived));
    }

    [Fact]
    public async Task Open_SymbolicLink_IsTheFileItLeadsTo()
    {
        var link = Path.Combine(_file.Folder, "link.db");
        File.CreateSymbolicLink(link, _file.Path);
        SqliteStreamOptions options = new() { Path = link, Synchronous = SqliteSynchronous.Normal };
        var process = new SqlTransport(
            "numbers", new SqlStores(TimeProvider.System), StoreSettings.Of(options, _file.Folder), options, TimeProvider.System);
        await using var a = await _file.CreateProcess().JoinAsync("a", default);
        await using var lead = await process.LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();

        await lead.AppendAsync(1, 1);
        Assert.Equal(["1 v1"], await a.TakeAsync(1));
        File.Delete(link);
        var error = await Assert.ThrowsAsync<TransportException>(() => lead.AppendAsync(Value(2)).WithinAsync());

        Assert.Contains("has been deleted or replaced", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delivery_FileGone_AProcessThatOnlyReadsNotices()
    {
        await using var a = await _file.CreateProcess().JoinAsync("a", default);

        File.Delete(_file.Path);

        Assert.Contains("deleted or replaced", (await a.WhenLost.WithinAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_ConnectionBroke_ThisProcessNeedNotWaitForItsOwnLease()
    {
        var process = _file.CreateProcess();
        await using var a = await _file.CreateProcess().JoinAsync("a", default);
        var lead = await process.LeadAsync(["a"], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        _file.Execute("alter table streamx_values rename to hidden");
        await Assert.ThrowsAsync<TransportException>(() => lead.AppendAsync(Value(1)).WithinAsync());
        await lead.DisposeAsync();
        _file.Execute("alter table hidden rename to streamx_values");

        await using var next = await process.LeadAsync([], default).WithinAsync();
        await next.BeginAsync(1).WithinAsync();
        await next.AppendAsync(1, 1);

        Assert.Equal(["1 v1"], await a.TakeAsync(1));
    }

    [Fact]
    public async Task Files_DisposedWithSessions_EndsThemAndLeavesNothing()
    {
        var files = new SqlStores(TimeProvider.System);
        var process = _file.CreateProcess(files: files);
        await using var a = await process.JoinAsync("a", default);
        await using var lead = await process.LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();

        await files.DisposeAsync();

        await Task.WhenAll(lead.WhenLost, a.WhenLost).WithinAsync();
        await Assert.ThrowsAsync<TransportException>(() => lead.AppendAsync(Value(1)).WithinAsync());
        await Assert.ThrowsAsync<TransportException>(() => lead.EndAsync(1).WithinAsync());
        Assert.Equal(0, _file.Number("select count(*) from streamx_sessions"));
        Assert.False(File.Exists(_file.Path + "-wal"));
    }

    public void Dispose() => _file.Dispose();
}
