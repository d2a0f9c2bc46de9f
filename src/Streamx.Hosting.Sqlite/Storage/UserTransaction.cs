using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>A transaction of a handler's own: whether it is open, and of which file.</summary>
internal static class UserTransaction
{
    /// <summary>The connection of a transaction that is under way; null for one that is over, or that is none of SQLite.</summary>
    internal static SqliteConnection? FindConnection(DbTransaction transaction) =>
        // The library does not know that SQLite has ended a transaction by itself, as after some errors.
        transaction is SqliteTransaction { Connection: { State: ConnectionState.Open } connection }
            && raw.sqlite3_get_autocommit(connection.Handle!) == 0
            ? connection
            : null;

    /// <summary>Whether the main file of a connection is the one at a path.</summary>
    internal static bool IsOf(SqliteConnection connection, string path)
    {
        var other = raw.sqlite3_db_filename(connection.Handle!, "main").utf8_to_string();
        // Empty for a database in memory. Where files have no identity, their paths have to be the same.
        return other is { Length: > 0 } && FileIdentity.Of(path) is { } identity && FileIdentity.Of(other) == identity
            && (identity != default || Path.GetFullPath(other) == path);
    }

    /// <summary>Has a transaction never commit, whatever its owner does. Its owner may roll it back as well.</summary>
    internal static void Spoil(SqliteConnection connection) => _ = raw.sqlite3_exec(connection.Handle!, "rollback");
}
