using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace WorkerDemo.Tests.Support;

/// <summary>The built sample, as a process of its own.</summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>Far longer than anything here takes on a busy machine.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>The process.</summary>
    private readonly Process _process;

    /// <summary>Guards what has been printed, and who waits for it.</summary>
    private readonly Lock _gate = new();

    /// <summary>Standard output, line by line.</summary>
    private readonly List<string> _output = [];

    /// <summary>Standard error, line by line.</summary>
    private readonly List<string> _error = [];

    /// <summary>Who waits for a line.</summary>
    private readonly List<(Predicate<string> Match, TaskCompletionSource<string> Found)> _waiters = [];

    private WorkerProcess(Process process) => _process = process;

    /// <summary>Starts it in a folder, with a journal there.</summary>
    internal static WorkerProcess Start(WorkerProgram program, TempFolder folder, params string[] arguments) =>
        Start(program, folder, [], [.. arguments, "--database", "events.db"]);

    /// <summary>Starts it in a folder, with exactly these arguments.</summary>
    internal static WorkerProcess Start(WorkerProgram program, TempFolder folder, Dictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo(program.Command[0])
        {
            UseShellExecute = false,
            WorkingDirectory = folder.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in program.Command.Skip(1).Concat(arguments)) start.ArgumentList.Add(argument);
        // What the tests run in is not what they are about.
        foreach (var name in start.Environment.Keys.Where(IsOfTheSurroundings).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;

        var worker = new WorkerProcess(new Process { StartInfo = start });
        worker._process.OutputDataReceived += (_, line) => worker.OnLine(worker._output, line.Data);
        worker._process.ErrorDataReceived += (_, line) => worker.OnLine(worker._error, line.Data);
        worker._process.Start();
        worker._process.BeginOutputReadLine();
        worker._process.BeginErrorReadLine();
        return worker;
    }

    /// <summary>Its process id.</summary>
    internal int Id => _process.Id;

    /// <summary>Its standard input.</summary>
    internal StreamWriter Input => _process.StandardInput;

    /// <summary>Waits for a line of standard output, which may have been printed already.</summary>
    internal Task<string> WaitForLineAsync(Predicate<string> match)
    {
        lock (_gate)
        {
            if (_output.Find(match) is { } line) return Task.FromResult(line);
            var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((match, found));
            return WithOutputAsync(found.Task);
        }
    }

    /// <summary>Waits until so many lines of standard output have been printed.</summary>
    internal Task WaitForLinesAsync(int count) => count == 0 ? Task.CompletedTask : WaitForLineAsync(_ => _output.Count >= count);

    /// <summary>How many events a line of the summary says there have been; 0 for any other line.</summary>
    internal static int EventsShown(string line) =>
        Regex.Match(line, @" INF (?<count>\d+) events \(lines\)") is { Success: true } match ? int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture) : 0;

    /// <summary>Sends SIGTERM, as an orchestrator does.</summary>
    internal async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Limit);
    }

    /// <summary>Ends it as a crash of the machine would.</summary>
    internal void Kill() => _process.Kill();

    /// <summary>Closes standard input and waits for the end.</summary>
    internal async Task<WorkerResult> WaitForExitAsync(bool closeInput = true)
    {
        if (closeInput) Input.Close();
        await WithOutputAsync(EndAsync());
        lock (_gate) return new WorkerResult(_process.ExitCode, [.. _output], [.. _error]);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    /// <summary>Whether a variable says how the program logs, listens, exports or stops.</summary>
    private static bool IsOfTheSurroundings(string variable) =>
        variable is "DOTNET_RUNNING_IN_CONTAINER" or "DOTNET_shutdownTimeoutSeconds"
        || variable.StartsWith("OTEL_", StringComparison.Ordinal)
        || variable.EndsWith("URLS", StringComparison.OrdinalIgnoreCase)
        || variable.EndsWith("HTTP_PORTS", StringComparison.OrdinalIgnoreCase);

    private async Task<bool> EndAsync()
    {
        await _process.WaitForExitAsync();
        return true;
    }

    /// <summary>A hang fails the test, and says how far the program had come.</summary>
    private async Task<TResult> WithOutputAsync<TResult>(Task<TResult> task)
    {
        try
        {
            return await task.WaitAsync(Limit);
        }
        catch (TimeoutException timeout)
        {
            lock (_gate) throw new TimeoutException(string.Join(Environment.NewLine, [$"Not within {Limit}. Printed until then:", .. _output, .. _error]), timeout);
        }
    }

    private void OnLine(List<string> lines, string? line)
    {
        if (line is null) return;
        lock (_gate)
        {
            lines.Add(line);
            if (lines == _output) _waiters.RemoveAll(waiter => waiter.Match(line) && waiter.Found.TrySetResult(line));
        }
    }
}
