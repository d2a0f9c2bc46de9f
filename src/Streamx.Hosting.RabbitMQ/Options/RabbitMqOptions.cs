namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// How a stream is carried by RabbitMQ. From configuration: <c>Streamx:&lt;stream&gt;:RabbitMq:…</c>, which wins over code.
/// </summary>
/// <remarks>
/// The default of <see cref="TransportOptions.MaxValueBytes"/> is the broker's own limit (<c>max_message_size</c>) from 4.0 on, the most
/// is the limit before. A client cannot ask the broker for its limit: a lower one there needs a lower one here.
/// </remarks>
public sealed class RabbitMqOptions : TransportOptions
{
    /// <summary>The broker's address.</summary>
    /// <value>
    /// Default <c>amqp://localhost</c>. <c>amqps://</c> uses TLS, and verifies that the certificate is for the host. The address may
    /// contain user, password and virtual host, percent-encoded.
    /// </value>
    public Uri Uri { get; set; } = new("amqp://localhost");

    /// <summary>
    /// Further nodes of the same cluster, each as <c>host</c> or <c>host:port</c>: a connection goes to any node that answers.
    /// </summary>
    /// <value>
    /// Default none. Needed only where the address is that of one node, rather than of a service or proxy in front of all. Everything but
    /// host and port is that of <see cref="Uri"/>.
    /// </value>
    public IList<string> Nodes { get; } = [];

    /// <summary>The user, instead of the one in <see cref="Uri"/>.</summary>
    /// <value>Default null: the one in the address, or <c>guest</c>.</value>
    public string? UserName { get; set; }

    /// <summary>The user's password, instead of the one in <see cref="Uri"/>.</summary>
    /// <value>Default null: the one in the address, or <c>guest</c>.</value>
    public string? Password { get; set; }

    /// <summary>
    /// A file that holds the password, as Kubernetes mounts secrets. Read again for every connection, so that it can be changed.
    /// </summary>
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

    /// <summary>
    /// Whether values that wait at the same time are sent in one message, while every process of the consumers announces that it reads such
    /// messages. Earlier versions of the package, which have no such option, do not.
    /// </summary>
    /// <value>
    /// Default true. Set it to false in the processes that put, and have what is under way finished, before processes of an earlier version
    /// join again, or join as a consumer that is not registered.
    /// </value>
    public bool CombineValues { get; set; } = true;

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
}
