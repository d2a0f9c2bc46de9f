using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Streamx.Repository.Tests.Packages;

/// <summary>A running worker that was created from the template.</summary>
internal sealed class CreatedWorker : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    private readonly Process _process;

    /// <summary>What it has printed; used by one test alone.</summary>
    private readonly List<string> _output = [];

    private CreatedWorker(Process process) => _process = process;

    /// <summary>Starts it on a free port of this machine alone.</summary>
    /// <param name="program">Its assembly.</param>
    /// <param name="isInContainer">Whether it takes itself to be in a container.</param>
    /// <param name="arguments">More of them.</param>
    public static CreatedWorker Start(string program, bool isInContainer = false, params string[] arguments)
    {
        var start = Prepare(program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_RUNNING_IN_CONTAINER"] = $"{isInContainer}";
        return new CreatedWorker(Process.Start(start)!);
    }

    /// <summary>Runs one that ends by itself.</summary>
    /// <param name="program">Its assembly.</param>
    /// <param name="setting">A setting, as <c>key=value</c>.</param>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string program, string setting)
    {
        var start = Prepare(program);
        start.ArgumentList.Add($"--{setting}");
        start.RedirectStandardError = true;
        await using var worker = new CreatedWorker(Process.Start(start)!);
        var outputs = await Task.WhenAll(worker._process.StandardOutput.ReadToEndAsync(), worker._process.StandardError.ReadToEndAsync()).WaitAsync(s_limit);
        await worker._process.WaitForExitAsync().WaitAsync(s_limit);
        return (worker._process.ExitCode, outputs[0], outputs[1]);
    }

    private static ProcessStartInfo Prepare(string program)
    {
        var start = new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0"]) { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = Path.GetDirectoryName(program) };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal) || name.Contains("shutdownTimeout", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        return start;
    }

    /// <summary>Reads until a line has this text.</summary>
    public async Task<string> WaitForLineAsync(string text)
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(s_limit) is { } line)
        {
            _output.Add(line);
            if (line.Contains(text, StringComparison.Ordinal)) return line;
        }

        throw new Xunit.Sdk.XunitException(string.Join('\n', [$"It has ended without '{text}':", .. _output]));
    }

    /// <summary>What it answers, at the address in the line that says where it listens.</summary>
    public async Task<string> AskAsync(string listening, string path)
    {
        using var client = new HttpClient { Timeout = s_limit };
        return await client.GetStringAsync(new Uri($"{Regex.Match(listening, @"http://[\d.]+:\d+").Value}/{path}"));
    }

    /// <summary>Sends SIGTERM, and waits for the end.</summary>
    public async Task<(int ExitCode, string Output)> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(s_limit);
        var rest = await _process.StandardOutput.ReadToEndAsync().WaitAsync(s_limit);
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        return (_process.ExitCode, string.Join('\n', [.. _output, rest]));
    }

    /// <summary>Ends it as a crash of the machine would.</summary>
    public void Kill() => _process.Kill();

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        return default;
    }
}
