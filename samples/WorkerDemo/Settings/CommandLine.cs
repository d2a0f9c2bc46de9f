using Microsoft.Extensions.Options;

namespace WorkerDemo;

/// <summary>The command line: settings that win over every other source.</summary>
internal static class CommandLine
{
    /// <summary>The options that set one value, and the configuration key of each.</summary>
    private static readonly Dictionary<string, string> s_keys = new()
    {
        ["--input"] = "WorkerDemo:Input", ["--database"] = "WorkerDemo:Database", ["--duration"] = "WorkerDemo:Duration",
        ["--rabbitmq"] = "WorkerDemo:RabbitMq", ["--durable"] = "WorkerDemo:Durable", ["--role"] = "WorkerDemo:Role", ["--urls"] = "urls",
    };

    /// <summary>The options that take a name and a value, may be repeated, and what the key of each begins with.</summary>
    private static readonly Dictionary<string, string> s_pairs = new() { ["--slow"] = "WorkerDemo:Slow:", ["--set"] = "" };

    /// <summary>Parses the arguments.</summary>
    /// <returns>Configuration keys and values; null when help was asked for, and has been printed.</returns>
    /// <exception cref="OptionsValidationException">An argument is wrong.</exception>
    internal static Dictionary<string, string?>? Parse(string[] args)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Length; i++)
        {
            var option = args[i];
            if (option is "--help" or "-h" or "-?")
            {
                using var help = new StreamReader(typeof(CommandLine).Assembly.GetManifestResourceStream("help.txt")!);
                Console.Out.Write(help.ReadToEnd());
                return null;
            }

            var isPair = s_pairs.TryGetValue(option, out var prefix);
            if (!isPair && !s_keys.ContainsKey(option)) throw SettingsSetup.Wrong($"There is no option '{option}'.");
            if (++i == args.Length) throw SettingsSetup.Wrong($"{option} needs a value.");
            if (!isPair) settings[s_keys[option]] = args[i];
            else if (args[i].Split('=', 2) is [{ Length: > 0 } name, var value]) settings[prefix + name] = value;
            else throw SettingsSetup.Wrong($"{option} {args[i]}: expected <name>=<value>.");
        }

        return settings;
    }

    /// <summary>Says what is wrong, in one line, and sets the exit code for it.</summary>
    internal static void Refuse(string message)
    {
        Console.Error.WriteLine($"WorkerDemo: {message.ReplaceLineEndings(" ")} (--help explains the options)");
        Environment.ExitCode = 2;
    }
}
