using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.Sqlite.Tests.Faults;

/// <summary>The disk takes nothing.</summary>
public sealed class DiskTests : IDisposable
{
    private readonly TestFile _file = new();

    [Fact]
    public async Task Append_DiskFull_WaitsUntilThereIsRoom()
    {
        using var disk = SmallDisk.Mount(Path.Combine(_file.Folder, "disk"), "512k");
        var process = CreateProcess(disk);
        List<string?> blocked = [];
        process.OnBlocked = blocked.Add;
        await using var a = await process.JoinAsync("a", default);
        await using var lead = await process.LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        var filling = Path.Combine(disk.Folder, "filling");
        await FillAsync(filling);

        var large = Value(1, new string('x', 100_000));
        var append = lead.AppendAsync(large);
        await Until.TrueAsync(() => blocked.Count == 1);
        Assert.False(append.IsCompleted);
        File.Delete(filling);
        await append.WithinAsync();
        await lead.AppendAsync(2, 2);

        Assert.Equal(Encoding.UTF8.GetString(large.Body.Span), Encoding.UTF8.GetString((await a.NextAsync()).Body.Span));
        Assert.Equal("2 v2", Show(await a.NextAsync()));
        Assert.Contains("is full", blocked[0], StringComparison.Ordinal);
        await Until.TrueAsync(() => blocked.Count == 2);
        Assert.Null(blocked[1]);
    }

    [Fact]
    public async Task Append_TheLogHasFilledTheDisk_GoesOnOnceNoReaderNeedsIt()
    {
        using var disk = SmallDisk.Mount(Path.Combine(_file.Folder, "disk"), "4m");
        var process = CreateProcess(disk);
        TaskCompletionSource blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OnBlocked = reason => _ = reason is not null && blocked.TrySetResult();
        await using var a = await process.JoinAsync("a", default);
        await using var lead = await process.LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        var body = new string('x', 20_000);
        Task append;
        await using (var reader = _file.Connect(Path.Combine(disk.Folder, "a.db")))
        {
            // The file has all the room that it will need. What is in the log from here on stays there while this reads.
            await using var read = reader.CreateCommand();
            var room = string.Concat(Enumerable.Repeat("insert into room values (zeroblob(500000)); pragma wal_checkpoint(truncate);", 5));
            read.CommandText = $"create table room (body blob); {room} drop table room; pragma wal_checkpoint(truncate); begin; select count(*) from streamx_values";
            await read.ExecuteNonQueryAsync();
            for (var sequence = 1; ; sequence++)
            {
                append = lead.AppendAsync(Value(sequence, body));
                await Task.WhenAny(append, blocked.Task).WithinAsync();
                if (blocked.Task.IsCompleted) break;
                a.Finish((await a.NextAsync()).Sequence);
            }

            await FillAsync(Path.Combine(disk.Folder, "filling"));
        }

        await append.WithinAsync();
    }

    [Fact]
    public async Task Append_NoRoomForTheValue_TheLeaseIsRenewed()
    {
        using var disk = SmallDisk.Mount(Path.Combine(_file.Folder, "disk"), "512k");
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch + TimeSpan.FromDays(1));
        var (process, other) = (CreateProcess(disk, clock), CreateProcess(disk, clock));
        await process.RegisterAsync(["a"], default).WithinAsync();
        await using var lead = await process.LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        using var stop = new CancellationTokenSource();
        var standby = other.LeadAsync([], stop.Token);
        await Until.TrueAsync(() => other.IsStandby);
        var (filling, rest) = (Path.Combine(disk.Folder, "filling"), Path.Combine(disk.Folder, "rest"));
        await File.WriteAllBytesAsync(rest, new byte[64 * 1024]);
        await FillAsync(filling);
        File.Delete(rest);

        var append = lead.AppendAsync(Value(1, new string('x', 100_000)));
        for (var i = 0; i < 4; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(4));
            await Until.TrueAsync(() => Expiry(disk) > clock.GetElapsedTime(0).TotalMilliseconds + 7000);
        }

        Assert.False(append.IsCompleted || standby.IsCompleted || lead.WhenLost.IsCompleted);
        File.Delete(filling);
        await append.WithinAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => standby.WithinAsync());
    }

    [Fact]
    public async Task Open_ReadOnly_SaysSo()
    {
        using var disk = SmallDisk.Mount(Path.Combine(_file.Folder, "disk"), "512k");
        await CreateProcess(disk).RegisterAsync(["a"], default).WithinAsync();
        await Until.TrueAsync(() => !File.Exists(Path.Combine(disk.Folder, "a.db-wal")));
        disk.SetReadOnly(isReadOnly: true);
        var process = CreateProcess(disk);

        var error = await Assert.ThrowsAsync<TransportException>(() => process.RegisterAsync(["b"], default).WithinAsync());
        disk.SetReadOnly(isReadOnly: false);
        await process.RegisterAsync(["b"], default).WithinAsync();

        Assert.Contains($"Streamx:numbers:Sqlite:Path: this process may not write the file '{Path.Combine(disk.Folder, "a.db")}'", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsFinal);
    }

    /// <summary>Writes until nothing more fits.</summary>
    internal static async Task FillAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true) await file.WriteAsync(new byte[4096]);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Until when the leading process has its lease.</summary>
    private static long Expiry(SmallDisk disk)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(disk.Folder, "a.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            select p.expires from streamx_processes p
            join streamx_sessions s on s.process = p.id join streamx_streams t on t.leader = s.id
            """;
        return (long)command.ExecuteScalar()!;
    }

    private static SqlTransport CreateProcess(SmallDisk disk, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        SqliteStreamOptions options = new() { Path = Path.Combine(disk.Folder, "a.db"), Synchronous = SqliteSynchronous.Normal, ReconnectDelay = TimeSpan.FromMilliseconds(5), MaxReconnectDelay = TimeSpan.FromMilliseconds(20) };
        return new SqlTransport("numbers", new SqlStores(clock), StoreSettings.Of(options, disk.Folder), options, clock);
    }

    public void Dispose() => _file.Dispose();
}
