using System.Diagnostics;
using System.Globalization;

namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>A server that runs: the process that was started, and those that it has started for its connections and its own work.</summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>A server is there within a second; much later while all cores are busy, or after a crash.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private readonly string _data;
    private readonly Process _process;

    /// <summary>Ends the server if these tests are killed: it then reads the end of its input, which it otherwise reads nothing from.</summary>
    private readonly Process _guard;

    private ServerProcess(string data, string log)
    {
        _data = data;
        // Into a file without anybody in between. The shell becomes the server.
        _process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", log, .. PostgresPrograms.CommandLine("postgres", "-D", data)])
        {
            UseShellExecute = false, WorkingDirectory = "/",
        })!;
        _guard = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read -r _ || kill -QUIT \"$0\"", $"{_process.Id}"])
        {
            UseShellExecute = false, RedirectStandardInput = true,
        })!;
    }

    public bool IsRunning => !_process.HasExited;

    /// <summary>Starts a server, and waits until it takes connections.</summary>
    public static async Task<ServerProcess> StartAsync(string data, string log)
    {
        var server = new ServerProcess(data, log);
        using var limit = new CancellationTokenSource(s_limit);
        while (!server.IsReady())
        {
            if (!server.IsRunning || limit.IsCancellationRequested)
            {
                await server.EndAsync("-QUIT");
                throw new InvalidOperationException($"The server does not start:\n{await File.ReadAllTextAsync(log)}");
            }

            await Task.Delay(s_look, TimeProvider.System);
        }

        return server;
    }

    /// <summary>Ends it by a signal to the process that was started, and waits until it has ended.</summary>
    public async Task EndAsync(string signal)
    {
        if (IsRunning) await Signals.SendAsync(signal, _process.Id);
        await WaitForEndAsync();
    }

    /// <summary>Ends all its processes at once, as a crash of the machine does.</summary>
    public async Task KillAsync()
    {
        if (IsRunning) await Signals.SendAsync("-KILL", await StopFirstAsync());
        await WaitForEndAsync();
    }

    /// <summary>Has all its processes hang. Its connections stay open, and nobody answers.</summary>
    public async Task StopAsync() => await StopAsync(await StopFirstAsync());

    /// <summary>Has all its processes go on.</summary>
    public Task ContinueAsync() => Signals.SendAsync("-CONT", Children().Append(_process.Id));

    /// <summary>The state of each process, as the system has it: <c>T</c> for one that is stopped.</summary>
    public char[] States() => [.. Children().Append(_process.Id).Select(State)];

    public void Dispose()
    {
        _process.Dispose();
        _guard.Dispose();
    }

    /// <summary>It is stopped before its children are looked up: it starts no others then.</summary>
    private async Task<IEnumerable<int>> StopFirstAsync()
    {
        await StopAsync([_process.Id]);
        return Children().Append(_process.Id);
    }

    /// <summary>Stops processes, and waits until they have stopped: on a busy machine that takes a while from the signal on.</summary>
    private static async Task StopAsync(IEnumerable<int> ids)
    {
        await Signals.SendAsync("-STOP", ids);
        await Until.TrueAsync(() => ids.All(id => State(id) is 'T' or 'Z' or 'X'));
    }

    private IEnumerable<int> Children() =>
        File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ParseId);

    private async Task WaitForEndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        if (_guard.HasExited) return;
        await _guard.StandardInput.WriteLineAsync();
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync().WaitAsync(s_limit);
    }

    /// <summary>Whether it has written down that it takes connections. A server before it may have left that file.</summary>
    private bool IsReady()
    {
        var file = Path.Combine(_data, "postmaster.pid");
        if (!File.Exists(file)) return false;
        var lines = File.ReadAllLines(file);
        return lines.Length >= 8 && ParseId(lines[0]) == _process.Id && lines[7].Trim() is "ready" or "standby";
    }

    /// <summary>The state of a process; <c>X</c> for one that is gone.</summary>
    private static char State(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1][0];
        }
        catch (IOException)
        {
            return 'X';
        }
    }

    private static int ParseId(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
