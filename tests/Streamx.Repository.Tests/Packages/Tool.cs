using System.Diagnostics;

namespace Streamx.Repository.Tests.Packages;

/// <summary>The dotnet command, run to its end.</summary>
internal static class Tool
{
    /// <summary>Far more than any of it takes, also on a machine that is busy; a run that hangs fails.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>Runs it, and gives what it printed. Fails unless it ends with exit code 0.</summary>
    public static Task<string> DotnetAsync(string folder, params string[] arguments) => RunAsync(folder, until: null, arguments);

    /// <summary>Runs it until it prints a text, has it stop as an orchestrator does, and gives what it printed. Fails unless it ends with exit code 0.</summary>
    public static Task<string> DotnetUntilAsync(string folder, string until, params string[] arguments) => RunAsync(folder, until, arguments);

    private static async Task<string> RunAsync(string folder, string? until, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Servers that outlive a build would keep its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        // A program that exports finds nobody here, and need not try for long.
        start.Environment["OTEL_EXPORTER_OTLP_TIMEOUT"] = "200";
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(s_limit, TimeProvider.System);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            var text = "";
            while (until is not null && await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                text += $"{line}\n";
                if (!line.Contains(until, StringComparison.Ordinal)) continue;
                until = null;
                using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
                await kill.WaitForExitAsync(limit.Token);
            }

            text += await process.StandardOutput.ReadToEndAsync(limit.Token) + await errors;
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} ended with exit code {process.ExitCode}:\n{text}");
            return text;
        }
        catch (OperationCanceledException error) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"dotnet {string.Join(' ', arguments)} did not end within {s_limit}: it hangs, or the machine is overloaded.", error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
