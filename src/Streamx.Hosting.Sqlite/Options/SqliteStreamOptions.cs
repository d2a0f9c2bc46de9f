namespace Streamx.Hosting.Sqlite;

/// <summary>
/// How a stream is kept in a SQLite file. From configuration: <c>Streamx:&lt;stream&gt;:Sqlite:…</c>, which wins over code.
/// </summary>
public sealed class SqliteStreamOptions
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

    /// <summary>Consumers for which values wait even if no process of theirs has ever run: for the first start of a producer.</summary>
    /// <value>Default none. A consumer that has run once is registered for good.</value>
    public IList<string> Consumers { get; } = [];

    /// <summary>
    /// What this process is called among those of the stream: where the leader, health and the live page say that a consumer runs.
    /// </summary>
    /// <value>
    /// Default null: the <c>service.instance.id</c> of <c>OTEL_RESOURCE_ATTRIBUTES</c>, as on the metrics of the process, or else its
    /// host's name and its process id.
    /// </value>
    public string? InstanceId { get; set; }

    /// <summary>
    /// The most bytes that a value may take as it is written. The put of a larger one fails by itself, with an
    /// <see cref="ArgumentException"/>, before anything is stored.
    /// </summary>
    /// <value>Default 16,777,216; 1,024 to 536,870,912.</value>
    public int MaxValueBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// How many bytes the values that not every consumer has finished may have together. Puts wait for it as for the window.
    /// </summary>
    /// <value>Default 67,108,864; 1,024 to 17,179,869,184. A larger value waits until everything is finished, and goes alone.</value>
    public long MaxBytesUnderWay { get; set; } = 64 * 1024 * 1024;

    /// <summary>The shortest wait before the file is opened again; doubles with each failure, with jitter.</summary>
    /// <value>Default 200 ms; 1 ms to 1 h.</value>
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait before the file is opened again.</summary>
    /// <value>Default 10 s; <see cref="ReconnectDelay"/> to 1 h.</value>
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether the stream faults, and so the host stops, if the file cannot be used at the start. Once it has been used, the process always
    /// waits for it.
    /// </summary>
    /// <value>Default false: the process waits for the file, with a warning for each try, and is not ready.</value>
    public bool FailFast { get; set; }

    /// <summary>Whether a producer's process that is told to stop ends the stream for every process, as it would in one process.</summary>
    /// <value>
    /// Default false: the next in line leads on, and what was put stays for the consumers. A stream whose producers have returned is
    /// ended in any case.
    /// </value>
    public bool EndStreamOnShutdown { get; set; }
}
