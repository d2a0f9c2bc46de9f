using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Display;

/// <summary>The sample on a terminal of a size that can be changed, as <c>script</c> of util-linux makes one.</summary>
internal sealed class Terminal : IDisposable
{
    private readonly Process _process;
    private readonly TempFolder _folder;
    private readonly StringBuilder _output = new();

    private Terminal(Process process, TempFolder folder) => (_process, _folder) = (process, folder);

    /// <summary>All that has been written to it.</summary>
    internal string Output => $"{_output}";

    /// <summary>The lines of what is written to a terminal, without colours.</summary>
    internal static string[] PlainLines(string output) => Regex.Replace(output, @"\e\[[0-9;]*[JKm]|\r", "").Split('\n');

    /// <summary>Starts the program, with a journal in the folder.</summary>
    internal static Terminal Start(WorkerProgram worker, TempFolder folder, int columns, int rows, string arguments)
    {
        var program = string.Join(' ', worker.Command.Select(part => $"'{part}'"));
        var command = $"tty > tty; stty cols {columns} rows {rows}; exec {program} {arguments} --database events.db";
        var start = new ProcessStartInfo("script", ["-qefc", command, "/dev/null"])
        {
            UseShellExecute = false,
            WorkingDirectory = folder.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
            Environment = { ["TERM"] = "xterm", ["SHELL"] = "/bin/sh" },
        };
        foreach (var name in (string[])["DOTNET_RUNNING_IN_CONTAINER", "NO_COLOR"]) start.Environment.Remove(name);
        return new Terminal(Process.Start(start)!, folder);
    }

    /// <summary>Reads what is written to it until that is so, and says where that ends.</summary>
    internal async Task<int> WaitForAsync(Predicate<string> isSo)
    {
        var buffer = new char[4096];
        while (!isSo(Output))
        {
            var count = await _process.StandardOutput.ReadAsync(buffer.AsMemory()).AsTask().WaitAsync(WorkerProcess.Limit);
            Assert.True(count > 0, $"It has ended: {Output}");
            _output.Append(buffer, 0, count);
        }

        return _output.Length;
    }

    /// <summary>Changes its size, of which the program is told by a signal.</summary>
    internal async Task ResizeAsync(int columns, int rows)
    {
        var tty = (await File.ReadAllTextAsync(_folder.File("tty"))).Trim();
        using var stty = Process.Start("stty", ["-F", tty, "cols", $"{columns}", "rows", $"{rows}"]);
        await stty.WaitForExitAsync().WaitAsync(WorkerProcess.Limit);
        Assert.Equal(0, stty.ExitCode);
    }

    /// <summary>Types Ctrl+C, and reads on to the end.</summary>
    /// <returns>The exit code.</returns>
    internal async Task<int> InterruptAsync()
    {
        await _process.StandardInput.WriteAsync('\u0003');
        await _process.StandardInput.FlushAsync();
        _output.Append(await _process.StandardOutput.ReadToEndAsync().WaitAsync(WorkerProcess.Limit));
        await _process.WaitForExitAsync().WaitAsync(WorkerProcess.Limit);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
