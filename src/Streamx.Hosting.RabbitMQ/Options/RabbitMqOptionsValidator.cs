namespace Streamx.Hosting.RabbitMQ;

/// <summary>Reports each setting that cannot work.</summary>
/// <param name="stream">The stream's name, which is that of the options.</param>
internal sealed class RabbitMqOptionsValidator(string stream)
    : TransportOptionsValidator<RabbitMqOptions>(stream, StreamxRabbitMqBuilderExtensions.Section, MostBytes)
{
    /// <summary>The most bytes that a broker before 4.0 accepts in a message, and with which any value is read.</summary>
    internal const int MostBytes = 128 * 1024 * 1024;

    /// <inheritdoc/>
    protected override IEnumerable<string> ProblemsOf(RabbitMqOptions options)
    {
        List<string> problems = [];
        // A value that may contain a password is never reported, neither here nor anywhere.
        if (BrokerAddress.ProblemOf(options.Uri) is { } problem) problems.Add(AddressProblem(problem));
        foreach (var (index, _) in options.Nodes.Index().Where(node => !Cluster.IsNode(node.Item)))
        {
            problems.Add(
                $"{PathOf(nameof(options.Nodes))}:{index} has to be a host, or host:port; a user stands in {nameof(options.UserName)}.");
        }

        if (string.IsNullOrWhiteSpace(options.Prefix)) problems.Add($"{PathOf(nameof(options.Prefix))} is empty.");
        else if (options.Prefix.Equals("amq", StringComparison.OrdinalIgnoreCase)
            || options.Prefix.StartsWith("amq.", StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(
                $"{PathOf(nameof(options.Prefix))} is '{options.Prefix}'; the broker keeps names that begin with 'amq.' to itself.");
        }
        else problems.AddRange(options.Consumers.Prepend(null).Select(new Topology(options.Prefix, Stream).ProblemOf).OfType<string>());
        if (options.PasswordFile is { } file && !File.Exists(file))
            problems.Add($"{PathOf(nameof(options.PasswordFile))} names {file}, which does not exist.");
        return
        [
            .. problems,
            .. TlsOptionsValidator.ProblemsOf(options, PathOf),
            .. OutOfRange(nameof(options.Heartbeat), options.Heartbeat, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            .. OutOfRange(nameof(options.Timeout), options.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            .. OutOfRange(nameof(options.ConsumerTimeout), options.ConsumerTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)),
            .. OutOfRange(nameof(options.SyncTimeout), options.SyncTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
        ];
    }

    /// <summary>Says what is wrong with the address.</summary>
    internal string AddressProblem(string problem) => $"{PathOf(nameof(RabbitMqOptions.Uri))} {problem}";
}
