using System.Diagnostics;
using System.Globalization;

namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>The programs of Debian's package, run as a user that they accept: a server refuses to be root.</summary>
internal static class PostgresPrograms
{
    private const string Versions = "/usr/lib/postgresql";

    /// <summary>Who runs them in the place of root; null for the user who runs the tests.</summary>
    private static readonly (string User, string Group)? s_account = Environment.UserName != "root" ? null
        : File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? ("postgres", "postgres")
        : ("nobody", "nogroup");

    /// <summary>The program and its arguments as they are to be started.</summary>
    public static string[] CommandLine(string program, params IEnumerable<string> arguments) =>
    [
        .. s_account is var (user, group) ? ["setpriv", "--reuid", user, "--regid", group, "--clear-groups"] : Array.Empty<string>(),
        Path.Combine(Folder(), program),
        .. arguments,
    ];

    /// <summary>Runs a program until it ends.</summary>
    /// <exception cref="InvalidOperationException">It has failed; the message has what it printed.</exception>
    public static Task RunAsync(string program, params IEnumerable<string> arguments) => RunCommandAsync(CommandLine(program, arguments));

    /// <summary>Gives a file or a folder, with what is in it, to the user of the programs.</summary>
    public static Task OwnAsync(string path) =>
        s_account is var (user, group) ? RunCommandAsync(["chown", "-R", $"{user}:{group}", path]) : Task.CompletedTask;

    private static async Task RunCommandAsync(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}:\n{string.Concat(output)}");
    }

    private static string Folder()
    {
        var folders = Directory.Exists(Versions) ? Directory.GetDirectories(Versions) : [];
        return folders.MaxBy(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0) is { } newest
            ? Path.Combine(newest, "bin")
            : throw new InvalidOperationException($"{Versions} is missing: install Debian's package postgresql, as tests/run.sh does.");
    }
}
