using System.Diagnostics.CodeAnalysis;

namespace WorkerDemo;

/// <summary>Which workers of the stream a process runs.</summary>
internal sealed class RunRole
{
    /// <summary>The producer alone.</summary>
    internal const string Producer = "producer";

    /// <summary>What a consumer's name stands behind, to run that one alone.</summary>
    private const string Consumer = "consumer:";

    /// <summary>The consumers there are, as users name them.</summary>
    internal static readonly IReadOnlyList<string> AllConsumers = [nameof(Journal), nameof(Alerts), nameof(Summary)];

    private RunRole(bool produces, IReadOnlyList<string> consumers) => (Produces, Consumers) = (produces, consumers);

    /// <summary>Whether it puts events into the stream.</summary>
    internal bool Produces { get; }

    /// <summary>The consumers it runs.</summary>
    internal IReadOnlyList<string> Consumers { get; }

    /// <summary>Whether it runs a consumer.</summary>
    internal bool Runs(string consumer) => Consumers.Contains(consumer);

    /// <summary>The role that the settings name, which have been checked.</summary>
    internal static RunRole Of(DemoOptions options) =>
        TryParse(options.Role, out var role) ? role : throw new InvalidOperationException($"Role is '{options.Role}'.");

    /// <summary>Understands <c>all</c>, <c>producer</c> and <c>consumer:&lt;name&gt;</c>.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out RunRole? role)
    {
        var name = text.StartsWith(Consumer, StringComparison.OrdinalIgnoreCase) ? text[Consumer.Length..] : null;
        role = name is not null ? AllConsumers.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } consumer ? new RunRole(produces: false, [consumer]) : null
            : text.Equals(DemoOptions.AllRoles, StringComparison.OrdinalIgnoreCase) ? new RunRole(produces: true, AllConsumers)
            : text.Equals(Producer, StringComparison.OrdinalIgnoreCase) ? new RunRole(produces: true, [])
            : null;
        return role is not null;
    }
}
