namespace Streamx.Hosting;

/// <summary>The settings that every transport has. Those of an engine derive from it.</summary>
public abstract class TransportOptions
{
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
    /// <see cref="ArgumentException"/>, before anything is stored or sent.
    /// </summary>
    /// <value>Default 16,777,216; 1,024 to the limit of what keeps the values: 134,217,728 on RabbitMQ, 536,870,912 in SQLite.</value>
    public int MaxValueBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// How many bytes the values that not every consumer has finished may have together. Puts wait for it as for the window.
    /// </summary>
    /// <value>Default 67,108,864; 1,024 to 17,179,869,184. A larger value waits until everything is finished, and goes alone.</value>
    public long MaxBytesUnderWay { get; set; } = 64 * 1024 * 1024;

    /// <summary>The shortest wait before a lost session is opened again; doubles with each failure, with jitter.</summary>
    /// <value>Default 200 ms; 1 ms to 1 h.</value>
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait before a lost session is opened again.</summary>
    /// <value>Default 10 s; <see cref="ReconnectDelay"/> to 1 h.</value>
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether the stream faults, and so the host stops, if the broker or file cannot be used at the start. Once it has been used, the
    /// process always waits for it.
    /// </summary>
    /// <value>Default false: the process waits for it, with a warning for each try, and is not ready.</value>
    public bool FailFast { get; set; }

    /// <summary>Whether a producer's process that is told to stop ends the stream for every process, as it would in one process.</summary>
    /// <value>
    /// Default false: the next in line leads on, and what was put stays for the consumers. A stream whose producers have returned is
    /// ended in any case.
    /// </value>
    public bool EndStreamOnShutdown { get; set; }
}
