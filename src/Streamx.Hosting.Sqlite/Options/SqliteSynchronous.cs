namespace Streamx.Hosting.Sqlite;

/// <summary>When a committed value is on the disk: SQLite's <c>synchronous</c>.</summary>
public enum SqliteSynchronous
{
    /// <summary>Before its put returns. A value survives a crash of the process, and a loss of power.</summary>
    Full,

    /// <summary>
    /// At SQLite's next checkpoint. A value survives a crash of the process; a loss of power may undo the last commits, positions of
    /// consumers included.
    /// </summary>
    Normal,
}
