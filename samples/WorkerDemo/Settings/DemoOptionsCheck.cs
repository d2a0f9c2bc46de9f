using System.Text.RegularExpressions;

namespace WorkerDemo;

/// <summary>Finds settings that cannot work, wherever they were set.</summary>
internal static class DemoOptionsCheck
{
    /// <summary>The longest time a timer can be set to.</summary>
    private static readonly TimeSpan s_maxTime = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>One sentence for each problem.</summary>
    internal static IEnumerable<string> Problems(DemoOptions options) =>
        [.. RoleProblems(options), .. InputProblems(options), .. TimeProblems(options), .. RehearsalProblems(options), .. AlertProblems(options.Alerts), .. AmountProblems(options)];

    private static IEnumerable<string> RoleProblems(DemoOptions options)
    {
        if (!RunRole.TryParse(options.Role, out var role))
            yield return $"--role {options.Role}: expected {DemoOptions.AllRoles}, {RunRole.Producer}, or consumer:<name> with one of {string.Join(", ", RunRole.AllConsumers)}.";
        else if (options.RabbitMq is null && (!role.Produces || role.Consumers.Count == 0))
            yield return $"--role {options.Role} needs --rabbitmq: without it the other workers would be nowhere.";
        if (options.RabbitMq is { } broker && !(Uri.TryCreate(broker, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps"))
            yield return $"--rabbitmq '{broker}' is not an amqp:// or amqps:// address.";
    }

    private static IEnumerable<string> InputProblems(DemoOptions options)
    {
        if (options.Database.Length == 0) yield return "--database needs a file.";
        if (options.DeadLetters.Length == 0) yield return "--dead-letters needs a file.";
        if (options.Follow && options.Input is null) yield return "--follow needs --input <file>.";
        if (options.Follow && options.Input == DemoOptions.StandardInput) yield return "--follow cannot follow standard input, which is read to its end anyway.";
        if (options.Input is null or DemoOptions.StandardInput) yield break;
        if (Directory.Exists(options.Input)) yield return $"--input '{options.Input}' is a directory.";
        else if (!options.Follow && !File.Exists(options.Input)) yield return $"--input '{options.Input}' does not exist.";
    }

    private static IEnumerable<string> TimeProblems(DemoOptions options)
    {
        if (options.Duration is { } seconds && !(seconds > 0 && seconds <= s_maxTime.TotalSeconds))
            yield return $"--duration must be more than 0 and at most {s_maxTime.TotalSeconds:F0} seconds, but is {seconds}.";
        var times = new (string Setting, TimeSpan Value)[]
        {
            (nameof(options.FollowInterval), options.FollowInterval),
            ("Processes:Interval", options.Processes.Interval),
            ("Alerts:RestartPeriod", options.Alerts.RestartPeriod),
            ("Alerts:LineTimeout", options.Alerts.LineTimeout),
            ("Summary:Interval", options.Summary.Interval),
        };
        foreach (var (setting, value) in times)
        {
            if (value < TimeSpan.FromMilliseconds(1) || value > s_maxTime)
                yield return $"{DemoOptions.Section}:{setting} must be between 1 ms and {s_maxTime}, but is {value}.";
        }
    }

    private static IEnumerable<string> AmountProblems(DemoOptions options)
    {
        var amounts = new (string Setting, double Value, double Least)[]
        {
            ("Processes:CpuChangePercent", options.Processes.CpuChangePercent, 1),
            ("Processes:MemoryChangeMegabytes", options.Processes.MemoryChangeMegabytes, 1),
            ("Alerts:CpuPercent", options.Alerts.CpuPercent, 1),
            ("Alerts:MemoryGrowthMegabytes", options.Alerts.MemoryGrowthMegabytes, 1),
            ("Alerts:Restarts", options.Alerts.Restarts, 2),
            ("Alerts:PerMinute", options.Alerts.PerMinute, 0),
            ("Summary:Rows", options.Summary.Rows, 0),
        };
        return from amount in amounts
            where !(amount.Value >= amount.Least)
            select $"{DemoOptions.Section}:{amount.Setting} must be at least {amount.Least}, but is {amount.Value}.";
    }

    private static IEnumerable<string> RehearsalProblems(DemoOptions options)
    {
        // A role that is wrong is a problem of its own.
        if (!RunRole.TryParse(options.Role, out var role)) return [];
        string[] consumers = [.. role.Consumers];
        string[] workers = role.Produces ? [options.Input is null ? nameof(ProcessWatcher) : nameof(LineReader), .. consumers] : consumers;
        return
        [
            .. Unknown("--slow", options.Slow.Keys, consumers, "consumer"),
            .. Unknown("--stuck", options.Stuck.Keys, consumers, "consumer"),
            .. Unknown("--stall", options.Stall.Keys, consumers, "consumer"),
            .. Unknown("--fail", options.Fail.Keys, workers, "worker"),
            .. from slow in options.Slow where slow.Value < 0 select $"--slow {slow.Key}={slow.Value}: milliseconds cannot be negative.",
            .. from stall in options.Stall where !IsStall(stall.Value) select $"--stall {stall.Key}={stall.Value}: seconds must be more than 0 and at most {s_maxTime.TotalSeconds:F0}.",
            .. from fail in options.Fail where !IsFailure(fail.Value) select $"--fail {fail.Key}={fail.Value}: values are counted from 1, and a rate is between 0 and 1.",
        ];
    }

    /// <summary>Whether a timer can be set to so many seconds.</summary>
    internal static bool IsStall(double seconds) => seconds > 0 && seconds <= s_maxTime.TotalSeconds;

    /// <summary>Whether it is the number of a value, or a rate.</summary>
    internal static bool IsFailure(double fail) => fail is > 0 and < 1 || (fail is >= 1 and <= int.MaxValue && Math.Truncate(fail) == fail);

    private static IEnumerable<string> Unknown(string option, IEnumerable<string> names, string[] known, string kind) =>
        from name in names
        where !known.Contains(name, StringComparer.OrdinalIgnoreCase)
        select $"{option} {name}: no {kind} of this run has that name. There {(known.Length == 0 ? "is none" : $"are {string.Join(", ", known)}")}.";

    private static IEnumerable<string> AlertProblems(AlertOptions options)
    {
        string? problem = null;
        try
        {
            _ = new Regex(options.LinePattern, RegexOptions.CultureInvariant, Regex.InfiniteMatchTimeout);
        }
        catch (RegexParseException error)
        {
            problem = $"{DemoOptions.Section}:Alerts:LinePattern is not a regular expression: {error.Message}";
        }

        if (problem is not null) yield return problem;
    }
}
