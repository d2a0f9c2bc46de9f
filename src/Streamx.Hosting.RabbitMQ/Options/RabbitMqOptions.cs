namespace Streamx.Hosting.RabbitMQ;

/// <summary>How a stream is carried by RabbitMQ. From configuration: <c>Streamx:&lt;stream&gt;:RabbitMq:…</c>, which wins over code.</summary>
public sealed class RabbitMqOptions
{
    /// <summary>The broker's address.</summary>
    /// <value>
    /// Default <c>amqp://localhost</c>. <c>amqps://</c> uses TLS, and verifies that the certificate is for the host. The address may
    /// contain user, password and virtual host, percent-encoded.
    /// </value>
    public Uri Uri { get; set; } = new("amqp://localhost");

    /// <summary>Further nodes of the same cluster, each as <c>host</c> or <c>host:port</c>: a connection goes to any node that answers.</summary>
    /// <value>Default none. Needed only where the address is that of one node, rather than of a service or proxy in front of all. Everything but host and port is that of <see cref="Uri"/>.</value>
    public IList<string> Nodes { get; } = [];

    /// <summary>The user, instead of the one in <see cref="Uri"/>.</summary>
    /// <value>Default null: the one in the address, or <c>guest</c>.</value>
    public string? UserName { get; set; }

    /// <summary>The user's password, instead of the one in <see cref="Uri"/>.</summary>
    /// <value>Default null: the one in the address, or <c>guest</c>.</value>
    public string? Password { get; set; }

    /// <summary>A file that holds the password, as Kubernetes mounts secrets. Read again for every connection, so that it can be changed.</summary>
    /// <value>Default null. Wins over <see cref="Password"/>; white space around the password is ignored.</value>
    public string? PasswordFile { get; set; }

    /// <summary>
    /// A PEM file with the certificates of the authorities that may issue the broker's certificate, such as <c>ca.crt</c> of a mounted
    /// secret. Read again for every connection.
    /// </summary>
    /// <value>Default null: the authorities that the system trusts. If a file is set, those are not trusted. Needs <c>amqps://</c>.</value>
    public string? TlsAuthorityFile { get; set; }

    /// <summary>
    /// A PEM file with the certificate that the client presents to the broker, such as <c>tls.crt</c> of a mounted secret. Read again for
    /// every connection.
    /// </summary>
    /// <value>Default null: none. Needs <c>amqps://</c>.</value>
    public string? TlsCertificateFile { get; set; }

    /// <summary>
    /// A PEM file with the key of <see cref="TlsCertificateFile"/>, such as <c>tls.key</c> of a mounted secret. Read again for every
    /// connection.
    /// </summary>
    /// <value>Default null: the key is in the file of the certificate.</value>
    public string? TlsKeyFile { get; set; }

    /// <summary>A file that holds the password of an encrypted key. Read again for every connection.</summary>
    /// <value>Default null: the key is not encrypted. White space around the password is ignored.</value>
    public string? TlsKeyPasswordFile { get; set; }

    /// <summary>
    /// Whether the user is the one that the client's certificate names, rather than one with a password: the mechanism EXTERNAL, which the
    /// broker's plugin <c>rabbitmq_auth_mechanism_ssl</c> offers.
    /// </summary>
    /// <value>Default false. Needs <see cref="TlsCertificateFile"/>; user and password are not used.</value>
    public bool AuthenticateByCertificate { get; set; }

    /// <summary>The prefix of the names of all exchanges and queues, so that several installations can share a broker.</summary>
    /// <value>Default <c>streamx</c>; not empty.</value>
    public string Prefix { get; set; } = "streamx";

    /// <summary>
    /// Whether missing exchanges and queues are declared. If not, the user needs no right to configure anything:
    /// <see cref="StreamxRabbitMqTopology.DeclareAsync"/> declares them beforehand, and the process names what is missing and waits for it.
    /// </summary>
    /// <value>Default true.</value>
    public bool DeclareTopology { get; set; } = true;

    /// <summary>Consumers for which values wait even if no process of theirs has ever run: for the first start of a producer.</summary>
    /// <value>Default none. A consumer that has run once is registered for good.</value>
    public IList<string> Consumers { get; } = [];

    /// <summary>What this process is called among those of the stream: where the leader, health and the live page say that a consumer runs.</summary>
    /// <value>Default null: the <c>service.instance.id</c> of <c>OTEL_RESOURCE_ATTRIBUTES</c>, as on the metrics of the process, or else its host's name and its process id.</value>
    public string? InstanceId { get; set; }

    /// <summary>The most bytes that a value may take as it is written. The put of a larger one fails by itself, with an <see cref="ArgumentException"/>, before anything is sent.</summary>
    /// <value>
    /// Default 16,777,216, the broker's own limit (<c>max_message_size</c>) from 4.0 on; 1,024 to 134,217,728, the limit before. A client
    /// cannot ask the broker for its limit: a lower one there needs a lower one here.
    /// </value>
    public int MaxValueBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// How many bytes the values that not every consumer has finished may have together. Puts wait for it as for the window.
    /// </summary>
    /// <value>Default 67,108,864; 1,024 to 17,179,869,184. A larger value waits until everything is finished, and goes alone.</value>
    public long MaxBytesUnderWay { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// How often broker and client exchange heartbeats. A process that hangs, or that the network cuts off, is replaced after about twice
    /// that time, and begins no value once the broker has not answered for 1.75 times that.
    /// </summary>
    /// <value>Default 10 s; 1 s to 10 min.</value>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long to wait for the broker: for a connection, an answer, or the confirm of a value. Then the connection is given up.
    /// </summary>
    /// <value>Default 10 s; 1 s to 10 min.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a value may be unfinished after it was delivered to this process, including its wait behind others: the broker's own
    /// <c>consumer_timeout</c>, which a client cannot read. Shortly before that time the handler's token is cancelled and no more values
    /// are begun; the value is delivered again, to this process or another.
    /// </summary>
    /// <value>Default 30 min, as the broker's; 1 s to 30 days. Shorter where the broker's is, longer only where the broker's is.</value>
    public TimeSpan ConsumerTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a new leader asks the registered consumers for their positions before it gives up and tries again.</summary>
    /// <value>Default 1 min; 1 s to 1 h. Longer than a hanging process takes to be replaced.</value>
    public TimeSpan SyncTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The shortest wait before a lost connection is opened again; doubles with each failure, with jitter.</summary>
    /// <value>Default 200 ms; 1 ms to 1 h.</value>
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait before a lost connection is opened again.</summary>
    /// <value>Default 10 s; <see cref="ReconnectDelay"/> to 1 h.</value>
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether the stream faults, and so the host stops, if the broker cannot be reached at the start. Once the broker has been reached,
    /// the process always waits for it.
    /// </summary>
    /// <value>Default false: the process waits for the broker, with a warning for each try, and is not ready.</value>
    public bool FailFast { get; set; }

    /// <summary>Whether a producer's process that is told to stop ends the stream for every process, as it would in one process.</summary>
    /// <value>Default false: the next in line leads on, and what was put stays for the consumers. A stream whose producers have returned is ended in any case.</value>
    public bool EndStreamOnShutdown { get; set; }
}
