using System.Diagnostics;

namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>A program that runs beside the tests and says in lines what happens to it. Ended when disposed.</summary>
internal sealed class LineProcess : IDisposable
{
    /// <summary>The process.</summary>
    private readonly Process _process;

    /// <summary>Guards the lines and who waits for one.</summary>
    private readonly Lock _gate = new();

    /// <summary>What it has printed, on both streams.</summary>
    private readonly List<string> _lines = [];

    /// <summary>Who waits for a line.</summary>
    private readonly List<(Predicate<string> Match, TaskCompletionSource<string> Found)> _waiters = [];

    private LineProcess(Process process) => _process = process;

    /// <summary>Starts a program.</summary>
    public static LineProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var process = new LineProcess(Command.Start(program, arguments, environment, folder));
        process._process.OutputDataReceived += (_, line) => process.OnLine(line.Data);
        process._process.ErrorDataReceived += (_, line) => process.OnLine(line.Data);
        process._process.BeginOutputReadLine();
        process._process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Waits for a line, which may have been printed already.</summary>
    public Task<string> WaitForLineAsync(Predicate<string> match)
    {
        lock (_gate)
        {
            return _lines.Find(match) is { } line ? Task.FromResult(line) : AddWaiter(match);
        }
    }

    /// <summary>Waits for a line that has not been printed yet.</summary>
    public Task<string> WaitForNextLineAsync(Predicate<string> match)
    {
        lock (_gate) return AddWaiter(match);
    }

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Command.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Command.Limit);
        await WithLinesAsync(EndAsync());
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private Task<string> AddWaiter(Predicate<string> match)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiters.Add((match, found));
        return WithLinesAsync(found.Task);
    }

    private async Task<bool> EndAsync()
    {
        await _process.WaitForExitAsync();
        return true;
    }

    /// <summary>A hang fails the test, and says how far the program had come.</summary>
    private async Task<T> WithLinesAsync<T>(Task<T> task)
    {
        try
        {
            return await task.WaitAsync(Command.Limit);
        }
        catch (TimeoutException timeout)
        {
            lock (_gate) throw new TimeoutException(string.Join(Environment.NewLine, [$"Not within {Command.Limit}. Printed until then:", .. _lines]), timeout);
        }
    }

    private void OnLine(string? line)
    {
        if (line is null) return;
        lock (_gate)
        {
            _lines.Add(line);
            _waiters.RemoveAll(waiter => waiter.Match(line) && waiter.Found.TrySetResult(line));
        }
    }
}
