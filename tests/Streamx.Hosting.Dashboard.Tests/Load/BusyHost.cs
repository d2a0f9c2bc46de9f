using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Streamx.Hosting.Dashboard.Tests.Support;

namespace Streamx.Hosting.Dashboard.Tests.Load;

/// <summary>WorkerDemo as a process of its own, which reads lines without end as fast as its journal takes them.</summary>
internal sealed class BusyHost : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;
    private readonly HttpClient _client;

    /// <summary>Gives it lines.</summary>
    private readonly Task _pump;

    private BusyHost(string folder, Process process, Uri url)
    {
        _folder = folder;
        _process = process;
        Url = url;
        _pump = PumpAsync(process.StandardInput.BaseStream);
        _client = new HttpClient { BaseAddress = url };
    }

    public Uri Url { get; }

    /// <summary>Starts it, and gives it lines without end.</summary>
    public static async Task<BusyHost> StartAsync(params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("streamx-pages-").FullName;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "WorkerDemo.dll"), "--input", "-", "--urls", "http://127.0.0.1:0", .. arguments]) start.ArgumentList.Add(argument);
        var url = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null && Regex.Match(line.Data, @"Watch the streams at (?<url>http://[\d.]+:\d+)") is { Success: true } match) url.TrySetResult(new Uri(match.Groups["url"].Value));
        };
        process.Start();
        process.BeginOutputReadLine();
        return new BusyHost(folder, process, await url.Task.WithinAsync());
    }

    /// <summary>Looks how fast it is, and what it takes for that, over so many seconds.</summary>
    public async Task<Stretch> LookAsync(int seconds)
    {
        var (values, at, busy) = await ReadAsync();
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        var (valuesThen, then, busyThen) = await ReadAsync();
        var elapsed = TimeProvider.System.GetElapsedTime(at, then);
        return new Stretch((valuesThen - values) / elapsed.TotalSeconds, (busyThen - busy) / elapsed);
    }

    /// <summary>How much memory it has.</summary>
    public long MemoryMegabytes()
    {
        _process.Refresh();
        return _process.WorkingSet64 >> 20;
    }

    /// <summary>Sends SIGTERM, and says how long it took until the process had ended.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync().WithinAsync();
        return TimeProvider.System.GetElapsedTime(started);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync().WithinAsync();
        await _pump.WithinAsync();
        _process.Dispose();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Gives it lines until it takes no more.</summary>
    private static async Task PumpAsync(Stream input)
    {
        var lines = new byte[64 * 1024];
        for (var at = 0; at < lines.Length; at++) lines[at] = at % 16 == 15 ? (byte)'\n' : (byte)'x';
        try
        {
            while (true) await input.WriteAsync(lines);
        }
        catch (IOException)
        {
            // It has ended.
        }
    }

    /// <summary>By its readiness probe: the data of the page would be a look at the streams.</summary>
    private async Task<(long Values, long At, TimeSpan Busy)> ReadAsync()
    {
        var text = await _client.GetStringAsync(new Uri("/healthz/ready", UriKind.Relative)).WithinAsync();
        _process.Refresh();
        return (long.Parse(Regex.Match(text, @"([\d,]+) values put").Groups[1].Value, NumberStyles.Number, CultureInfo.InvariantCulture), TimeProvider.System.GetTimestamp(), _process.TotalProcessorTime);
    }
}
