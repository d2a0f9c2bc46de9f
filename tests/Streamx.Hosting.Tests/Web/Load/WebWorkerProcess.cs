using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Streamx.Hosting.Tests.Web.Load;

/// <summary>Streamx.Hosting.WebWorker as a process of its own, which can be sent SIGTERM.</summary>
internal sealed class WebWorkerProcess : IDisposable
{
    /// <summary>What Kestrel logs before the address that it listens on.</summary>
    private const string Listening = "Now listening on: ";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamx-web-");
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<Uri> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;

    private WebWorkerProcess(bool feeds)
    {
        // Its own folder: the host reads the settings that it finds in the folder it runs in.
        var folder = AppContext.BaseDirectory.Replace("Streamx.Hosting.Tests", "Streamx.Hosting.WebWorker", StringComparison.Ordinal);
        var program = Path.Combine(folder, "Streamx.Hosting.WebWorker.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        List<string> arguments = [program, "--urls", "http://127.0.0.1:0", "--parent", $"{Environment.ProcessId}", "--handled", HandledFile];
        if (feeds) arguments.AddRange(["--feed", FeedFile]);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        // A watch on the settings takes one of the few that the system has for each user.
        start.Environment["DOTNET_hostBuilder__reloadConfigOnChange"] = "false";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => OnLine(line.Data);
        _process.ErrorDataReceived += (_, line) => OnLine(line.Data);
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>What it has printed.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    private string HandledFile => Path.Combine(_folder.FullName, "handled");

    private string FeedFile => Path.Combine(_folder.FullName, "feed");

    /// <summary>Starts it, and waits until it listens.</summary>
    /// <param name="feeds">Whether a background service of its own puts as well.</param>
    public static async Task<WebWorkerProcess> StartAsync(bool feeds = false)
    {
        var worker = new WebWorkerProcess(feeds);
        worker._process.Start();
        worker._process.BeginOutputReadLine();
        worker._process.BeginErrorReadLine();
        worker.Url = await worker._url.Task.WithinAsync();
        return worker;
    }

    /// <summary>Sends SIGTERM.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync().WithinAsync();
    }

    /// <summary>Waits until it has ended.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WithinAsync();
        return _process.ExitCode;
    }

    /// <summary>The numbers that the consumer has handled, in order.</summary>
    public IReadOnlyList<long> ReadHandled() =>
        [.. File.ReadLines(HandledFile).Select(line => long.Parse(line, CultureInfo.InvariantCulture))];

    /// <summary>
    /// How many numbers of the background service were accepted, and whether the next put was cancelled, or else the type of its exception.
    /// </summary>
    public (int Accepted, string Ending) ReadFeed()
    {
        var words = File.ReadAllText(FeedFile).Split(' ');
        return (int.Parse(words[0], CultureInfo.InvariantCulture), words[1]);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit(Bounded.Limit);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private void OnLine(string? line)
    {
        if (line is null) return;
        _output.Enqueue(line);
        if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at) _url.TrySetResult(new Uri(line[(at + Listening.Length)..]));
    }
}
