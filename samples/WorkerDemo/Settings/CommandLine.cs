using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;

namespace WorkerDemo;

/// <summary>The command line: settings that win over every other source.</summary>
internal sealed class CommandLine
{
    /// <summary>The exit code for an argument or a setting that is wrong.</summary>
    internal const int BadArguments = 2;

    private CommandLine(Dictionary<string, string?>? settings) => (Settings, IsAnswered) = (settings ?? [], settings is null);

    /// <summary>Whether there is nothing to run: help or the version was asked for, and has been printed.</summary>
    internal bool IsAnswered { get; }

    /// <summary>Configuration keys and values.</summary>
    internal IReadOnlyDictionary<string, string?> Settings { get; }

    /// <summary>Parses the arguments, and prints help when that is what they ask for.</summary>
    /// <exception cref="SettingException">An argument is wrong.</exception>
    internal static CommandLine Parse(string[] args)
    {
        Option<string> input = new("--input", "-i") { HelpName = "file|-", Description = "Read lines from a file, or from standard input, instead of watching processes." };
        Option<bool> follow = new("--follow", "-f") { Description = "Keep following the file given with --input as it grows, also across rotation and before it exists." };
        Option<string> database = new("--database", "-d") { HelpName = "path", Description = "The journal's SQLite file; an existing one is appended to. Default: workerdemo.db in the current folder." };
        Option<double> duration = new("--duration") { HelpName = "seconds", Description = "Stop by itself after this time. Default: run until Ctrl+C or SIGTERM, or to the end of the input." };
        Option<string[]> slow = new("--slow") { HelpName = "consumer=ms", Description = "Make Journal, Alerts or Summary take this many milliseconds for each value. Repeatable." };
        Option<string[]> stuck = new("--stuck") { HelpName = "consumer", Description = "Make a consumer hang on its first value, for ever. Repeatable." };
        Option<string[]> stall = new("--stall") { HelpName = "consumer=seconds", Description = "Make a consumer hold its next value once for this long, and then go on. Repeatable." };
        Option<string[]> fail = new("--fail") { HelpName = "worker=n|rate", Description = "Make a consumer, LineReader or ProcessWatcher throw from its n-th value on, or, below 1, on that part of its calls. Repeatable." };
        Option<string> deadLetters = new("--dead-letters") { HelpName = "path", Description = "Where events go that a consumer skips after a failure. Default: workerdemo.dead.jsonl in the current folder." };
        Option<string> rabbitMq = new("--rabbitmq") { HelpName = "uri", Description = "Take the stream to other processes over this broker, such as amqp://localhost; values wait for Journal, Alerts and Summary, wherever they run." };
        Option<string> role = new("--role") { HelpName = "role", Description = "With --rabbitmq: run the producer alone, one consumer:<name> alone, or all. Default: all." };
        Option<string> urls = new("--urls") { HelpName = "url[;url]", Description = "Serve the health endpoints and a live page there, such as http://127.0.0.1:8080. Default: HTTP_PORTS; without either no port is opened." };
        Option<string[]> set = new("--set") { HelpName = "key=value", Description = "Set anything that appsettings.json can set. Repeatable." };
        slow.Validators.Add(result => CheckPairs(result, value => int.TryParse(value, CultureInfo.InvariantCulture, out var ms) && ms >= 0, "milliseconds are a whole number, 0 or more"));
        stall.Validators.Add(result => CheckPairs(result, value => double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && DemoOptionsCheck.IsStall(seconds), "seconds are a number above 0"));
        fail.Validators.Add(result => CheckPairs(result, value => double.TryParse(value, CultureInfo.InvariantCulture, out var n) && DemoOptionsCheck.IsFailure(n), "the value to fail on is a whole number, 1 or more, and a rate is between 0 and 1"));
        set.Validators.Add(result => CheckPairs(result, _ => true, ""));

        RootCommand command = new("Watches the processes of this machine, or reads lines, and hands each event in lock-step to a journal (SQLite), alerts and a summary.")
        {
            input, follow, database, deadLetters, duration, slow, stuck, stall, fail, rabbitMq, role, urls, set,
        };
        var help = command.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);

        // An argument that begins with @ is a file name like any other.
        var parsed = command.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0) throw new SettingException(parsed.Errors[0].Message);
        if (parsed.Action is not null)
        {
            parsed.Invoke();
            return new CommandLine(settings: null);
        }

        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in parsed.GetValue(set) ?? []) Add(pair, "");
        foreach (var pair in parsed.GetValue(slow) ?? []) Add(pair, $"{DemoOptions.Section}:{nameof(DemoOptions.Slow)}:");
        foreach (var pair in parsed.GetValue(stall) ?? []) Add(pair, $"{DemoOptions.Section}:{nameof(DemoOptions.Stall)}:");
        foreach (var pair in parsed.GetValue(fail) ?? []) Add(pair, $"{DemoOptions.Section}:{nameof(DemoOptions.Fail)}:");
        foreach (var name in parsed.GetValue(stuck) ?? []) settings[$"{DemoOptions.Section}:{nameof(DemoOptions.Stuck)}:{name}"] = bool.TrueString;
        Set(input, $"{DemoOptions.Section}:{nameof(DemoOptions.Input)}");
        Set(database, $"{DemoOptions.Section}:{nameof(DemoOptions.Database)}");
        Set(deadLetters, $"{DemoOptions.Section}:{nameof(DemoOptions.DeadLetters)}");
        Set(follow, $"{DemoOptions.Section}:{nameof(DemoOptions.Follow)}");
        Set(duration, $"{DemoOptions.Section}:{nameof(DemoOptions.Duration)}");
        Set(rabbitMq, $"{DemoOptions.Section}:{nameof(DemoOptions.RabbitMq)}");
        Set(role, $"{DemoOptions.Section}:{nameof(DemoOptions.Role)}");
        Set(urls, ListenAddresses.UrlsKey);
        return new CommandLine(settings);

        void Set<TValue>(Option<TValue> option, string key)
        {
            // What was not given must not win over the other sources; an implicit result is only the option's default.
            if (parsed.GetResult(option) is { Implicit: false } result)
                settings[key] = Convert.ToString(result.GetValueOrDefault<TValue>(), CultureInfo.InvariantCulture);
        }

        void Add(string pair, string prefix)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            settings[prefix + pair[..equals]] = pair[(equals + 1)..];
        }
    }

    /// <summary>Says what is wrong, in one line, and gives the exit code for it.</summary>
    internal static int Refuse(string message)
    {
        Console.Error.WriteLine($"WorkerDemo: {message.ReplaceLineEndings(" ")} (--help explains the options)");
        return BadArguments;
    }

    private static void CheckPairs(OptionResult result, Func<string, bool> isValue, string rule)
    {
        foreach (var pair in result.Tokens.Select(token => token.Value))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1) result.AddError($"{result.Option.Name} {pair}: expected {result.Option.HelpName}.");
            else if (!isValue(pair[(equals + 1)..])) result.AddError($"{result.Option.Name} {pair}: {rule}.");
        }
    }
}
