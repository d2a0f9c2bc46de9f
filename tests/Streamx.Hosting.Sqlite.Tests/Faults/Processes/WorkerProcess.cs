using System.Diagnostics;
using System.Globalization;

namespace Streamx.Hosting.Sqlite.Tests.Faults.Processes;

/// <summary>
/// The worker of these tests, as a process of its own: it can be killed as a machine that crashes, and stopped as one that hangs.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    private static readonly string s_program = Path.Combine(
        AppContext.BaseDirectory.Replace("Streamx.Hosting.Sqlite.Tests", "Streamx.Hosting.Sqlite.Worker", StringComparison.Ordinal), "Streamx.Hosting.Sqlite.Worker.dll");

    private readonly Process _process;
    private readonly string _log;
    private readonly string _output;

    private WorkerProcess(Process process, string log, string output) => (_process, _log, _output) = (process, log, output);

    /// <summary>What it has done.</summary>
    public string[] Lines => File.Exists(_log) ? ReadLog() : [];

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>What it has printed.</summary>
    public string Output => File.Exists(_output) ? File.ReadAllText(_output) : "";

    /// <summary>Starts one.</summary>
    /// <param name="file">The file of the stream, in whose folder the logs are.</param>
    /// <param name="name">Distinguishes its logs.</param>
    /// <param name="arguments">What it does.</param>
    public static WorkerProcess Start(TestFile file, string name, params string[] arguments)
    {
        var (log, output) = (Path.Combine(file.Folder, $"{name}.log"), Path.Combine(file.Folder, $"{name}.out"));
        // The shell becomes the worker: its output goes into a file without the tests in between.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1", output, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", s_program,
            "--log", log, "--parent", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            $"--Streamx:faults:Sqlite:Path={file.Path}", "--Streamx:faults:Sqlite:Synchronous=Normal", "--Streamx:faults:Sqlite:Lease=00:00:01", .. arguments]);
        return new WorkerProcess(Process.Start(start)!, log, output);
    }

    /// <summary>Waits until it has done something that often.</summary>
    public Task DidAsync(string what, int times) => Until.TrueAsync(() =>
    {
        Assert.False(_process.HasExited, $"The worker has ended: {Output}");
        return Lines.Count(line => line.StartsWith(what, StringComparison.Ordinal)) >= times;
    });

    /// <summary>Waits until something is so.</summary>
    public Task UntilAsync(Func<bool> condition) => Until.TrueAsync(() =>
    {
        Assert.False(_process.HasExited, $"The worker has ended: {Output}");
        return condition();
    });

    /// <summary>Waits until it has ended by itself.</summary>
    public Task EndsAsync() => _process.WaitForExitAsync().WithinAsync();

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WithinAsync();
    }

    /// <summary>Sends a signal.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WithinAsync();
    }

    /// <summary>Has it hang: in the middle of a transaction, in which it holds the lock of the file, or outside of one.</summary>
    public async Task StopAsync(bool inTransaction)
    {
        while (true)
        {
            await SignalAsync("-STOP");
            // Each thread stops by itself.
            await Until.TrueAsync(() => Directory.GetDirectories($"/proc/{_process.Id}/task").All(IsStopped));
            if (HoldsFileLock == inTransaction) return;
            await SignalAsync("-CONT");
        }
    }

    /// <summary>Whether it has a transaction that writes: the lock for it is this byte of the file's shared memory.</summary>
    private bool HoldsFileLock => File.ReadLines("/proc/locks").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Any(fields => fields is [_, "POSIX", _, "WRITE", var process, _, "120", ..] && process == _process.Id.ToString(CultureInfo.InvariantCulture));

    private static bool IsStopped(string thread)
    {
        try
        {
            var stat = File.ReadAllText($"{thread}/stat");
            return stat[stat.LastIndexOf(')') + 2] == 'T';
        }
        catch (IOException)
        {
            // It has just ended.
            return true;
        }
    }

    /// <summary>Tells it to stop, as an orchestrator does.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("-TERM");
        await _process.WaitForExitAsync().WithinAsync();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private string[] ReadLog()
    {
        using var log = new StreamReader(new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = log.ReadToEnd();
        // The last line may be half there.
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
