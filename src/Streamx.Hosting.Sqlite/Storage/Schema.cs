using Microsoft.Data.Sqlite;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>The tables. Several streams, and the application's own tables, may be in the same file.</summary>
internal static class Schema
{
    /// <summary>The version that this package reads and writes.</summary>
    internal const long Version = 3;

    /// <summary>Makes the tables, in a transaction. The version comes last: without it they count as missing.</summary>
    internal const string Script = """
        create table streamx_streams (
            id integer primary key,
            key text not null unique,
            name text not null,
            head integer not null default 0,
            epoch integer not null default 0,
            begun_epoch integer not null default 0,
            leader integer,
            ends integer not null default 0,
            ends_at integer,
            end_sequence integer,
            retention integer not null default 0
        );

        create table streamx_consumers (
            id integer primary key autoincrement,
            stream integer not null,
            key text not null,
            name text not null,
            position integer not null,
            given integer not null,
            active integer,
            unique (stream, key)
        );

        create table streamx_values (
            stream integer not null,
            sequence integer not null,
            first integer not null,
            kind integer not null,
            epoch integer not null,
            ends integer not null,
            body blob,
            content_type text,
            trace_parent text,
            is_repeated integer not null,
            appended_at integer not null,
            primary key (stream, sequence)
        ) without rowid;

        create table streamx_processes (
            id integer primary key,
            boot text not null,
            space text not null,
            pid integer not null,
            started text not null,
            expires integer not null
        );

        create table streamx_sessions (
            id integer primary key autoincrement,
            process integer not null,
            stream integer not null,
            consumer integer,
            instance text
        );
        create index streamx_sessions_line on streamx_sessions (stream, consumer);

        create table streamx_schema (
            version integer not null
        );
        insert into streamx_schema (version) values (1);

        create table streamx_marks (
            consumer integer not null,
            first integer not null,
            last integer not null,
            primary key (consumer, first)
        ) without rowid;

        create table streamx_bookmarks (
            stream integer not null,
            producer text not null,
            bookmark text not null,
            primary key (stream, producer)
        ) without rowid;

        create table streamx_reports (
            id integer primary key autoincrement,
            stream text not null,
            session integer not null,
            expires integer not null,
            body blob
        );

        update streamx_schema set version = 3;
        """;

    /// <summary>Where the part of the script begins that is new since each version, the first of them 1.</summary>
    private static readonly string[] s_newSince = ["create table streamx_marks", "create table streamx_reports"];

    /// <summary>Prepares a connection: the log, the flushes, and the tables.</summary>
    /// <returns>Null; or why the file cannot be used although SQLite can open it.</returns>
    /// <exception cref="SqliteException">The file cannot be used, or is locked.</exception>
    internal static TransportException? Prepare(Database database, StoreSettings settings)
    {
        if (database.IsReadOnly) return new TransportException($"this process may not write the file '{settings.Path}'");
        using (var mode = database.Query("pragma journal_mode = wal"))
        {
            if (mode.Read() && mode.Text(0) is var got && got != "wal")
            {
                return new TransportException(
                    $"the file '{settings.Path}' cannot have a write-ahead log (its journal mode is '{got}')") { IsFinal = true };
            }
        }

        database.Execute(settings.Synchronous == SqliteSynchronous.Full ? "pragma synchronous = full" : "pragma synchronous = normal");
        // After many large values the log gives its space back.
        database.Execute("pragma journal_size_limit = 67108864");
        var version = VersionOf(database);
        if (version is null or < Version && settings.CreateSchema)
        {
            Create(database);
            version = Version;
        }

        return version switch
        {
            Version => null,
            null => new TransportException($"the file '{settings.Path}' has no tables of streams, and CreateSchema is false"),
            _ => new TransportException(
                $"the tables of streams in '{settings.Path}' have version {version}; this package needs version {Version}")
            {
                IsFinal = true,
            },
        };
    }

    private static void Create(Database database)
    {
        database.Execute("begin immediate");
        try
        {
            // Another process may have made them meanwhile.
            var version = VersionOf(database);
            if (version is null) database.RunScript(Script);
            else if (version < Version)
                database.RunScript(Script[Script.IndexOf(s_newSince[(int)version - 1], StringComparison.Ordinal)..]);
            database.Execute("commit");
        }
        catch
        {
            database.Rollback();
            throw;
        }
    }

    private static long? VersionOf(Database database) =>
        database.Number("select count(*) from sqlite_master where type = 'table' and name = 'streamx_schema'") == 0
            ? null
            : database.Number("select max(version) from streamx_schema");
}
