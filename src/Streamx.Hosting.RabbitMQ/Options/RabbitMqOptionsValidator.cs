using Microsoft.Extensions.Options;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Reports each setting that cannot work.</summary>
/// <param name="stream">The stream's name, which is that of the options.</param>
internal sealed class RabbitMqOptionsValidator(string stream) : IValidateOptions<RabbitMqOptions>
{
    /// <summary>The most bytes that a broker before 4.0 accepts in a message, and with which any value is read.</summary>
    internal const int MostBytes = 128 * 1024 * 1024;

    /// <summary>The stream whose settings it checks.</summary>
    internal string Stream => stream;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RabbitMqOptions options)
    {
        if (name != stream) return ValidateOptionsResult.Skip;
        List<string> problems = [];
        // A value that may contain a password is never reported, neither here nor anywhere.
        if (BrokerAddress.ProblemOf(options.Uri) is { } problem) problems.Add($"{Path(nameof(options.Uri))} {problem}");
        foreach (var (index, _) in options.Nodes.Index().Where(node => !Cluster.IsNode(node.Item)))
            problems.Add($"{Path(nameof(options.Nodes))}:{index} has to be a host, or host:port; a user stands in {nameof(options.UserName)}.");
        if (string.IsNullOrWhiteSpace(options.Prefix)) problems.Add($"{Path(nameof(options.Prefix))} is empty.");
        else if (options.Prefix.Equals("amq", StringComparison.OrdinalIgnoreCase) || options.Prefix.StartsWith("amq.", StringComparison.OrdinalIgnoreCase))
            problems.Add($"{Path(nameof(options.Prefix))} is '{options.Prefix}'; the broker keeps names that begin with 'amq.' to itself.");
        else problems.AddRange(options.Consumers.Prepend(null).Select(new Topology(options.Prefix, stream).ProblemOf).OfType<string>());
        if (string.IsNullOrWhiteSpace(options.InstanceId)) problems.Add($"{Path(nameof(options.InstanceId))} is empty.");
        if (options.PasswordFile is { } file && !File.Exists(file)) problems.Add($"{Path(nameof(options.PasswordFile))} names {file}, which does not exist.");
        problems.AddRange(TlsOptionsValidator.ProblemsOf(options, Path));
        if (options.MaxValueBytes is < 1024 or > MostBytes)
            problems.Add($"{Path(nameof(options.MaxValueBytes))} is {options.MaxValueBytes}; it has to be from 1024 to {MostBytes}.");
        if (options.MaxBytesUnderWay is < 1024 or > 16L * 1024 * 1024 * 1024)
            problems.Add($"{Path(nameof(options.MaxBytesUnderWay))} is {options.MaxBytesUnderWay}; it has to be from 1024 to {16L * 1024 * 1024 * 1024}.");
        Check(nameof(options.Heartbeat), options.Heartbeat, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Check(nameof(options.Timeout), options.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Check(nameof(options.ConsumerTimeout), options.ConsumerTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(30));
        Check(nameof(options.SyncTimeout), options.SyncTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Check(nameof(options.ReconnectDelay), options.ReconnectDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Check(nameof(options.MaxReconnectDelay), options.MaxReconnectDelay, options.ReconnectDelay, TimeSpan.FromHours(1));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check(string setting, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most) problems.Add($"{Path(setting)} is {value}; it has to be from {least} to {most}.");
        }
    }

    private string Path(string setting) => PathOf(stream, setting);

    /// <summary>The configuration path of a setting.</summary>
    internal static string PathOf(string stream, string setting) => $"Streamx:{stream}:{StreamxRabbitMqBuilderExtensions.Section}:{setting}";
}
