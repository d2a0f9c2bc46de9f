using Microsoft.Data.Sqlite;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Journaling;

public class JournalDatabaseTests
{
    [Fact]
    public void Append_EventsOfBothInputs_StoresEveryColumn()
    {
        using var folder = new TempFolder();
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1));
        using (var database = JournalDatabase.Open(folder.File("events.db")))
        {
            database.Append([new(1, time, HostEventKind.CpuChanged, "job", "CPU") { Pid = 7, Cpu = 12.5, Memory = 1024 }, new(2, time, HostEventKind.Line, "-", "it's")]);
        }

        using var connection = new SqliteConnection($"Data Source={folder.File("events.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT group_concat(concat_ws('|', id, sequence, time, kind, source, message, ifnull(pid, 'null'), ifnull(cpu, 'null'), ifnull(memory, 'null')), ' ') FROM events";

        Assert.Equal(
            "1|1|2026-01-02T02:04:05.0000000Z|CpuChanged|job|CPU|7|12.5|1024 2|2|2026-01-02T02:04:05.0000000Z|Line|-|it's|null|null|null",
            command.ExecuteScalar());
    }

    [Fact]
    public void Open_TableOfAnotherShape_IsRefused()
    {
        using var folder = new TempFolder();
        using (var connection = new SqliteConnection($"Data Source={folder.File("events.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE events (something TEXT)";
            command.ExecuteNonQuery();
        }

        var error = Assert.Throws<SettingException>(() => JournalDatabase.Open(folder.File("events.db")));

        Assert.Contains("cannot be used as a journal", error.Message, StringComparison.Ordinal);
    }
}
