namespace Streamx.Hosting.Sqlite;

/// <summary>
/// How a stream is kept in a SQLite file. From configuration: <c>Streamx:&lt;stream&gt;:Sqlite:…</c>, which wins over code.
/// </summary>
public sealed class SqliteStreamOptions : TransportOptions
{
    /// <summary>
    /// The file. Many streams and the application's own tables may be in one file; every process of a stream names the same one.
    /// </summary>
    /// <value>Required. Relative to the content root. On a local disk: not on a network file system.</value>
    public string? Path { get; set; }

    /// <summary>When a committed value is on the disk.</summary>
    /// <value>Default <see cref="SqliteSynchronous.Full"/>: before its put returns.</value>
    public SqliteSynchronous Synchronous { get; set; }

    /// <summary>How long a value is kept after it was put, beyond the time until every consumer has finished it.</summary>
    /// <value>Default zero; zero to 10 years. The setting of the process that leads counts.</value>
    public TimeSpan Retention { get; set; }

    /// <summary>Whether missing tables are created. If not, the process says that they are missing, and waits for them.</summary>
    /// <value>Default true. The package's README has the script.</value>
    public bool CreateSchema { get; set; } = true;

    /// <summary>
    /// How long a process that hangs keeps the lead and its consumers before another process takes them over. A process that has ended is
    /// replaced at once.
    /// </summary>
    /// <value>Default 10 s; 1 s to 10 min. By the machine's monotonic clock.</value>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the file may be locked by another program before that is logged and the process is not ready. Puts go on waiting.
    /// </summary>
    /// <value>Default 10 s; 1 s to 10 min. Also how long the first access and a session's end wait for the file.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
}
