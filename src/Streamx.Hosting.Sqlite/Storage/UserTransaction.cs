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

    /// <summary>Whether a put waits for the end of a transaction: a file has one writer.</summary>
    internal static bool Blocks(DbTransaction transaction, StoreSettings settings) =>
        FindConnection(transaction) is { } connection && IsOf(connection, settings.Path);

    /// <summary>What may be wrong beside that a consumer has been taken over.</summary>
    internal const string ReplacedHint =
        "If the file has been deleted or replaced, open the connection again: this one still has the old one.";

    /// <summary>Refuses a transaction in which a value of a stream cannot be finished.</summary>
    /// <exception cref="InvalidOperationException">It is over, or one of another file or another kind of database.</exception>
    internal static void EnsureUsable(DbTransaction transaction, string stream, StoreSettings settings)
    {
        if (transaction is not SqliteTransaction)
        {
            throw new InvalidOperationException(
                $"The transaction is one of {transaction.GetType().Namespace}; stream '{stream}' is in the SQLite file '{settings.Path}'.");
        }

        var connection = FindConnection(transaction) ?? throw new InvalidOperationException("The transaction is over.");
        if (IsOf(connection, settings.Path)) return;
        throw new InvalidOperationException(
            $"The transaction is of another file, '{connection.DataSource}'; stream '{stream}' is in '{settings.Path}'.");
    }

    /// <summary>Writes a mark into a transaction. If the consumer has been taken over, the transaction never commits.</summary>
    /// <returns>
    /// Whether the session still has the consumer, and keeps it until the transaction is over: nothing else can write before.
    /// </returns>
    internal static Task<bool> MarkAsync(
        DbTransaction transaction, StoreSettings settings, MarkRows.Mark mark, long consumer, long session,
        CancellationToken cancellationToken)
    {
        _ = (settings, cancellationToken);
        return Task.FromResult(Mark((SqliteTransaction)transaction, mark, consumer, session));
    }

    private static bool Mark(SqliteTransaction transaction, MarkRows.Mark mark, long consumer, long session)
    {
        var connection = transaction.Connection!;
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = MarkRows.Insert;
        command.Parameters.Add(new SqliteParameter("?1", mark.First));
        command.Parameters.Add(new SqliteParameter("?2", mark.Last));
        command.Parameters.Add(new SqliteParameter("?3", consumer));
        command.Parameters.Add(new SqliteParameter("?4", session));
        if (command.ExecuteNonQuery() > 0) return true;
        Spoil(connection);
        return false;
    }

    /// <summary>Has a transaction never commit, whatever its owner does. Its owner may roll it back as well.</summary>
    private static void Spoil(SqliteConnection connection) => _ = raw.sqlite3_exec(connection.Handle!, "rollback");
}
