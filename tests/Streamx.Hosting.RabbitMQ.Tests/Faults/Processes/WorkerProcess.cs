using System.Diagnostics;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Processes;

/// <summary>The worker of these tests, as a process of its own: it can be killed as a machine that crashes, and stopped as one that hangs.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    /// <summary>The worker: as <c>STREAMX_WORKER</c> names it, compiled ahead of time, or the one that was built with the tests.</summary>
    /// <remarks>From its own folder: beside the tests there are no assemblies of the web framework, which only they run on.</remarks>
    private static readonly string[] s_program = Environment.GetEnvironmentVariable("STREAMX_WORKER") is { Length: > 0 } native
        ? [native]
        : [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(Folder, "Streamx.Hosting.RabbitMQ.Worker.dll")];

    private static string Folder =>
        AppContext.BaseDirectory.Replace("Streamx.Hosting.RabbitMQ.Tests", "Streamx.Hosting.RabbitMQ.Worker", StringComparison.Ordinal);

    private readonly Process _process;

    /// <summary>Whether it has been killed, or told to stop.</summary>
    private volatile bool _isToEnd;

    private WorkerProcess(string role, int number, string output, Process process) => (Role, Number, Output, _process) = (role, number, output, process);

    /// <summary>What it is: <c>producer</c>, or the name it consumes under.</summary>
    public string Role { get; }

    /// <summary>Distinguishes it from all others of its test.</summary>
    public int Number { get; }

    /// <summary>What its files are called.</summary>
    public string Name => $"{Role}.{Number}";

    /// <summary>Whether it runs, stopped or not.</summary>
    public bool IsAlive => !_process.HasExited;

    /// <summary>Whether it has ended, and nobody had it end.</summary>
    public bool HasCrashed => !_isToEnd && !IsAlive;

    /// <summary>Whether it is stopped.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>The file of what it prints.</summary>
    public string Output { get; }

    public static WorkerProcess Start(string folder, string role, int number, IEnumerable<string> arguments)
    {
        var name = $"{role}.{number}";
        var output = Path.Combine(folder, $"{name}.out");
        // Into a file without anybody in between, so that nothing of it depends on these tests. The shell becomes the worker.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", output, .. s_program,
            "--role", role == "producer" ? role : $"consumer:{role}", "--log", Path.Combine(folder, $"{name}.log"), "--parent", $"{Environment.ProcessId}", .. arguments])
        {
            UseShellExecute = false,
        };
        // A watch on the settings takes one of the few the system has for each user.
        start.Environment["DOTNET_hostBuilder__reloadConfigOnChange"] = "false";
        return new WorkerProcess(role, number, output, Process.Start(start)!);
    }

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        _isToEnd = true;
        if (IsAlive) _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        IsStopped = false;
    }

    /// <summary>Has it hang, unless it has ended.</summary>
    public async Task StopAsync()
    {
        // Before the signal: a process that is told to stop at the same time is told to go on first.
        IsStopped = true;
        await SignalAsync("-STOP");
    }

    /// <summary>Has it go on, unless it has ended.</summary>
    public async Task ContinueAsync()
    {
        await SignalAsync("-CONT");
        IsStopped = false;
    }

    /// <summary>Tells it to stop, as an orchestrator does, and waits until it has.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        _isToEnd = true;
        if (IsStopped) await ContinueAsync();
        await ListensAsync();
        await SignalAsync("-TERM");
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal to a process that has not ended: the number of one that has may be another's.</summary>
    private Task SignalAsync(string signal) => IsAlive ? Signals.SendAsync(signal, _process.Id) : Task.CompletedTask;

    /// <summary>Waits until it can be told to stop: one that has just begun is ended by the system, with 143.</summary>
    private async Task ListensAsync()
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (IsAlive && !(File.Exists(Output) && (await File.ReadAllTextAsync(Output, limit.Token)).Contains("Application started.", StringComparison.Ordinal)))
            await Task.Delay(s_look, TimeProvider.System, limit.Token);
    }

    public void Dispose()
    {
        if (IsAlive) _process.Kill();
        _process.Dispose();
    }
}
