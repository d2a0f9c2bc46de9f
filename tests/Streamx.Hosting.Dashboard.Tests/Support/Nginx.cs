using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Streamx.Hosting.Dashboard.Tests.Support;

/// <summary>A real nginx on loopback in front of a host, with the settings that it has by default, under the path <c>/ops/</c>.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private const string Program = "/usr/sbin/nginx";

    private readonly string _folder;
    private readonly Process _process;

    private Nginx(string folder, Process process, int port)
    {
        _folder = folder;
        _process = process;
        Url = new Uri($"http://127.0.0.1:{port}/ops/");
    }

    /// <summary>Where the host is behind it.</summary>
    public Uri Url { get; }

    public static async Task<Nginx> StartAsync(PageHost host)
    {
        Assert.True(File.Exists(Program), $"This test needs {Program}: install the package nginx-light, as tests/run.sh does.");
        // The port is free when it is chosen; whoever takes it in between makes nginx end, and another is chosen.
        for (var attempt = 1; ; attempt++)
        {
            var folder = Directory.CreateTempSubdirectory("streamx-nginx-").FullName;
            var port = FreePort();
            await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), Configuration(port, new Uri(host.App.Urls.First()).Port));
            var listening = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            var process = Process.Start(new ProcessStartInfo(Program, ["-p", folder, "-c", "nginx.conf", "-e", "stderr"]) { RedirectStandardError = true, UseShellExecute = false })!;
            // It names its version once its sockets listen.
            process.ErrorDataReceived += (_, line) =>
            {
                if (line.Data is null) listening.TrySetResult(false);
                else if (line.Data.Contains(": nginx/", StringComparison.Ordinal)) listening.TrySetResult(true);
            };
            process.BeginErrorReadLine();
            var nginx = new Nginx(folder, process, port);
            if (await listening.Task.WithinAsync()) return nginx;
            await nginx.DisposeAsync();
            Assert.True(attempt < 5, "nginx does not start.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WithinAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One process, files in its own folder, and no directive about proxying but the target.</summary>
    private static string Configuration(int port, int target) =>
        $$"""
        daemon off;
        master_process off;
        pid nginx.pid;
        error_log stderr notice;
        events { }
        http {
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            gzip on;
            gzip_types text/event-stream;
            server {
                listen 127.0.0.1:{{port}};
                location /ops/ { proxy_pass http://127.0.0.1:{{target}}/; }
            }
        }
        """;

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
