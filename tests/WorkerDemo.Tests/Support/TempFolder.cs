using Microsoft.Data.Sqlite;

namespace WorkerDemo.Tests.Support;

/// <summary>A folder for one test, deleted after it.</summary>
internal sealed class TempFolder : IDisposable
{
    /// <summary>Where it is.</summary>
    internal string Root { get; } = Directory.CreateTempSubdirectory("workerdemo-").FullName;

    /// <summary>The path of a file in it, which need not exist.</summary>
    internal string File(string name) => Path.Combine(Root, name);

    /// <summary>The path of a file in it that holds the lines 1 to <paramref name="count"/>.</summary>
    internal string Lines(int count)
    {
        var path = File("lines.txt");
        System.IO.File.WriteAllLines(path, Enumerable.Range(1, count).Select(i => $"{i}"));
        return path;
    }

    /// <summary>The messages in a journal, in the order of its rows.</summary>
    internal IReadOnlyList<string> Messages(string database = "events.db")
    {
        using var connection = new SqliteConnection($"Data Source={File(database)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT message FROM events ORDER BY id";
        using var reader = command.ExecuteReader();
        var messages = new List<string>();
        while (reader.Read()) messages.Add(reader.GetString(0));
        return messages;
    }

    /// <summary>How many rows a journal has; 0 for none. Counted in a copy: opening the file of a killed process recovers it.</summary>
    internal int CountOfCopy(string database)
    {
        if (!System.IO.File.Exists(File(database))) return 0;
        foreach (var end in (string[])["", "-wal"])
        {
            System.IO.File.Delete(File($"copy.db{end}"));
            if (System.IO.File.Exists(File(database + end))) System.IO.File.Copy(File(database + end), File($"copy.db{end}"));
        }

        using var connection = new SqliteConnection($"Data Source={File("copy.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_master WHERE name = 'events'";
        if ((long)command.ExecuteScalar()! == 0) return 0;
        command.CommandText = "SELECT count(*) FROM events";
        return (int)(long)command.ExecuteScalar()!;
    }

    /// <summary>Takes the journal's table away, so that writing to it fails, until <see cref="MendJournal"/>.</summary>
    internal void BreakJournal() => Execute("ALTER TABLE events RENAME TO taken");

    /// <summary>Gives it back.</summary>
    internal void MendJournal() => Execute("ALTER TABLE taken RENAME TO events");

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private void Execute(string text)
    {
        using var connection = new SqliteConnection($"Data Source={File("events.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
