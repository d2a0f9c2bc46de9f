using System.ComponentModel;
using System.Diagnostics;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Kubernetes;

/// <summary>A program that these tests need on the machine.</summary>
internal static class Tool
{
    /// <summary>Runs it to its end.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">There is no such program: skipping would leave the files unchecked.</exception>
    internal static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string command, string[] arguments, string folder, string input = "", TimeSpan? limit = null)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(command, arguments)
            {
                UseShellExecute = false,
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            throw new Xunit.Sdk.XunitException($"This test needs '{command}', which cannot be started ({error.Message}). tests/run.sh installs it.", error);
        }

        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var problems = process.StandardError.ReadToEndAsync();
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await Task.WhenAll(output, problems, process.WaitForExitAsync()).WaitAsync(limit ?? WorkerProcess.Limit);
            return (process.ExitCode, await output, await problems);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
