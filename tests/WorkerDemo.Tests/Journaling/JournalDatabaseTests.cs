using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Journaling;

public sealed class JournalDatabaseTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Append_EventsOfBothInputs_StoresEveryColumn()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1));
        using (var database = Open())
        {
            await database.AppendAsync(new HostEvent[] { new(1, time, HostEventKind.Sampled, "job", "CPU") { Pid = 7, Cpu = 12.5, Memory = 1024 }, new(2, time, HostEventKind.Line, "-", "it's") });
        }

        Assert.Equal(
            "1|1|2026-01-02T02:04:05.0000000Z|Sampled|job|CPU|7|12.5|1024 2|2|2026-01-02T02:04:05.0000000Z|Line|-|it's|null|null|null",
            Execute("SELECT group_concat(concat_ws('|', id, sequence, time, kind, source, message, ifnull(pid, 'null'), ifnull(cpu, 'null'), ifnull(memory, 'null')), ' ') FROM events"));
    }

    [Fact]
    public async Task Append_MoreThanItKeeps_DeletesTheOldest_AlsoOfAnEarlierRun()
    {
        foreach (var run in (int[])[1, 2])
        {
            using var database = Open(rows: 3);
            for (var i = 1; i <= 2; i++) await database.AppendAsync(new HostEvent[] { new(i, default, HostEventKind.Line, "-", $"{run}.{i}") });
        }

        Assert.Equal(["1.2", "2.1", "2.2"], _folder.Messages());
    }

    [Fact]
    public void Open_TableOfAnotherShape_IsRefused()
    {
        Execute("CREATE TABLE events (something TEXT)");

        var error = Assert.Throws<OptionsValidationException>(() => Open());

        Assert.Contains("cannot be used as a journal", error.Message, StringComparison.Ordinal);
    }

    private JournalDatabase Open(int rows = 1000) => new(Options.Create(new DemoOptions { Database = _folder.File("events.db"), JournalRows = rows }));

    private object? Execute(string text)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File("events.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }
}
