using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>What errors of SQLite mean for a file.</summary>
internal static class FileErrors
{
    /// <summary>Whether another connection has the lock: trying again is all that is needed.</summary>
    internal static bool IsLocked(SqliteException error) => error.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>Whether the file takes nothing for now, but the connection is sound.</summary>
    internal static bool IsRefused(SqliteException error) => error.SqliteErrorCode is raw.SQLITE_FULL or raw.SQLITE_READONLY;

    /// <summary>Describes an error in terms of the file and its setting, without SQLite's error codes.</summary>
    internal static TransportException Describe(SqliteException error, string path)
    {
        var what = error.SqliteErrorCode switch
        {
            raw.SQLITE_CANTOPEN when Directory.Exists(path) => $"'{path}' is a folder, not a file",
            raw.SQLITE_CANTOPEN when !Directory.Exists(Path.GetDirectoryName(path)) => $"the folder of the file '{path}' does not exist",
            raw.SQLITE_CANTOPEN when !File.Exists(path) =>
                $"the file '{path}' does not exist: it is made if CreateSchema is true and the process has the right to write its folder",
            raw.SQLITE_CANTOPEN => $"the file '{path}' cannot be opened: the process needs the right to write the file and its folder",
            raw.SQLITE_NOTADB => $"the file '{path}' is no SQLite database",
            raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH => $"this process may not write the file '{path}'",
            raw.SQLITE_FULL => $"the disk of the file '{path}' is full",
            raw.SQLITE_CORRUPT => $"the file '{path}' is damaged",
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => $"another program has locked the file '{path}'",
            _ => $"the file '{path}' cannot be used",
        };
        return new TransportException($"{what} (SQLite error {error.SqliteExtendedErrorCode}: {error.Message})", error)
        {
            IsFinal = error.SqliteErrorCode == raw.SQLITE_NOTADB,
        };
    }

    /// <summary>The file is another one than the one that was opened.</summary>
    internal static TransportException Moved(string path) =>
        new($"The file '{path}', or its log (-wal, -shm) beside it, has been deleted or replaced while it was in use: "
            + "what is written can no longer be found there");
}
