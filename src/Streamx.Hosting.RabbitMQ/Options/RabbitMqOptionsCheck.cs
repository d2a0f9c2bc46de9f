using Microsoft.Extensions.Options;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Names each setting that cannot work.</summary>
/// <param name="stream">The stream's name, which is that of the options.</param>
internal sealed class RabbitMqOptionsCheck(string stream) : IValidateOptions<RabbitMqOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RabbitMqOptions options)
    {
        if (name != stream) return ValidateOptionsResult.Skip;
        List<string> problems = [];
        if (options.Uri is not { IsAbsoluteUri: true, Scheme: "amqp" or "amqps" })
            problems.Add($"{Path(nameof(options.Uri))} is '{options.Uri}'; it has to be an amqp:// or amqps:// address.");
        foreach (var node in options.Nodes.Where(node => !Cluster.IsNode(node)))
            problems.Add($"{Path(nameof(options.Nodes))} has '{node}'; it has to be a host, or host:port.");
        if (string.IsNullOrWhiteSpace(options.Prefix)) problems.Add($"{Path(nameof(options.Prefix))} is empty.");
        if (string.IsNullOrWhiteSpace(options.InstanceId)) problems.Add($"{Path(nameof(options.InstanceId))} is empty.");
        if (options.PasswordFile is { } file && !File.Exists(file)) problems.Add($"{Path(nameof(options.PasswordFile))} names {file}, which does not exist.");
        Check(nameof(options.Heartbeat), options.Heartbeat, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Check(nameof(options.Timeout), options.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Check(nameof(options.SyncTimeout), options.SyncTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Check(nameof(options.ReconnectDelay), options.ReconnectDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Check(nameof(options.MaxReconnectDelay), options.MaxReconnectDelay, options.ReconnectDelay, TimeSpan.FromHours(1));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check(string setting, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most) problems.Add($"{Path(setting)} is {value}; it has to be from {least} to {most}.");
        }
    }

    private string Path(string setting) => $"Streamx:{stream}:{StreamxRabbitMqBuilderExtensions.Section}:{setting}";
}
