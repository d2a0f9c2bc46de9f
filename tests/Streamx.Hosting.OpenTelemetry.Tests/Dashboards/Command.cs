using System.ComponentModel;
using System.Diagnostics;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards;

/// <summary>Runs programs that are not ours. One that is missing fails the test and says where it comes from.</summary>
internal static class Command
{
    /// <summary>Far longer than anything here takes on a busy machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Where the programs come from.</summary>
    private static readonly Dictionary<string, string> s_packages = new() { ["node"] = "nodejs", ["prometheus"] = "prometheus", ["promtool"] = "prometheus" };

    /// <summary>Runs a program to its end.</summary>
    public static async Task<CommandResult> RunAsync(string program, string[] arguments, string input = "")
    {
        using var process = Start(program, arguments);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync().WaitAsync(Limit);
            return new CommandResult(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    /// <summary>Starts a program with its streams redirected.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            WorkingDirectory = folder ?? Checkout.Tests,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException(
                $"'{program}' could not be started: install the package {s_packages.GetValueOrDefault(program, program)}, as tests/run.sh does.", missing);
        }
    }
}
