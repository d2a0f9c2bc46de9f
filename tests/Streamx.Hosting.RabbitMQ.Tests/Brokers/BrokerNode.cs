using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Streamx.Hosting.RabbitMQ.Tests.Brokers;

/// <summary>A RabbitMQ node on loopback, with everything of its own: ports, folder, cookie, epmd.</summary>
internal sealed class BrokerNode(string home, int epmdPort, int number, int port)
{
    /// <summary>Debian's start script proper; the one on the path insists on a user and on fixed folders.</summary>
    private const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    /// <summary>A fresh node takes 8 s here; much longer while all cores are busy.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    private static readonly byte[] s_hello = [.. "AMQP"u8, 0, 0, 9, 1];

    private readonly string _folder = Path.Combine(home, $"n{number}");

    private Process? _script;

    public string Name { get; } = $"rmq{number}@localhost";

    /// <summary>Whether it has been started, and has not ended since.</summary>
    public bool IsRunning => _script is { HasExited: false };

    public Uri Uri { get; } = new($"amqp://127.0.0.1:{port}");

    /// <summary>The process of the broker itself; the script's is another.</summary>
    public int Pid => int.Parse(File.ReadAllText(PidPath), CultureInfo.InvariantCulture);

    /// <summary>Writes its configuration.</summary>
    /// <param name="settings">Lines of it beside the usual ones.</param>
    /// <param name="plugins">The plugins it runs.</param>
    public void Configure(IEnumerable<string> settings, params IEnumerable<string> plugins)
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "plugins"), $"[{string.Join(',', plugins)}].\n");
        File.WriteAllText(Path.Combine(_folder, "env.conf"), "");
        File.WriteAllLines(Path.Combine(_folder, "rabbitmq.conf"),
        [
            $"listeners.tcp.1 = 127.0.0.1:{port}",
            "loopback_users = none",
            "log.file.level = warning",
            "vm_memory_high_watermark.absolute = 1GB",
            "disk_free_limit.absolute = 100MB",
            .. settings,
        ]);
    }

    public async Task StartAsync()
    {
        if (!File.Exists(Program)) throw new InvalidOperationException($"{Program} is missing: install Debian's package rabbitmq-server, as tests/run.sh does.");
        StartScript();
        using var limit = new CancellationTokenSource(s_limit);
        while (!await AnswersAsync(limit.Token))
        {
            if (_script!.HasExited)
            {
                // Its logger gives a file five seconds to be opened, which a busy machine may not keep. Whoever runs a node starts it again.
                if (!Output.Contains("file_ctrl_process_not_started", StringComparison.Ordinal)) throw new InvalidOperationException($"{Name} ended with {_script.ExitCode}:\n{Output}");
                StartScript();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
        }
    }

    /// <summary>Takes everything away that a node that has ended kept, as with a new disk.</summary>
    public void DeleteData() => Directory.Delete(Path.Combine(_folder, "mnesia"), recursive: true);

    /// <summary>As a crash of the machine would end it.</summary>
    public Task KillAsync() => EndAsync("-KILL");

    /// <summary>As an administrator would.</summary>
    public Task StopAsync() => EndAsync("-TERM");

    /// <summary>
    /// Waits until a queue is on the disk. The broker writes down which log is whose a few seconds after it has made a queue; killed
    /// before that, on a single node, it comes back with an empty queue that never gets a leader (seen with 3.10).
    /// </summary>
    public async Task StoredAsync(string queue)
    {
        var directory = Path.Combine(_folder, "mnesia", Name, "quorum", Name, "names.dets");
        using var limit = new CancellationTokenSource(s_limit);
        while ((await File.ReadAllBytesAsync(directory, limit.Token)).AsSpan().IndexOf(Encoding.UTF8.GetBytes(queue)) < 0)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
    }

    /// <summary>Ends every connection of a stream, as an administrator can; those of other streams stay open.</summary>
    public async Task CloseConnectionsAsync(string stream)
    {
        var closed = await EvaluateAsync(
            $$"""
            [rabbit_networking:close_connection(Pid, "test") ||
              [{pid, Pid}, {client_properties, Properties}] <- rabbit_networking:connection_info_all([pid, client_properties]),
              is_list(Properties),
              {<<"connection_name">>, _, Name} <- Properties, is_binary(Name), binary:match(Name, <<" {{stream}} ">>) =/= nomatch].
            """);
        if (closed == "[]") throw new InvalidOperationException($"Stream {stream} has no connection at {Name}.");
    }

    /// <summary>Has the broker's own tool do something, and returns what it prints.</summary>
    public async Task<string> ControlAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/lib/rabbitmq/bin/rabbitmqctl", ["-n", Name, .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var (key, value) in Environment()) start.Environment[key] = value;
        using var control = Process.Start(start)!;
        var output = await control.StandardOutput.ReadToEndAsync();
        await control.WaitForExitAsync();
        if (control.ExitCode != 0) throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)} ended with {control.ExitCode}:\n{output}");
        return output;
    }

    /// <summary>Evaluates Erlang in the broker, and returns the value: in milliseconds, where its own tool takes seconds.</summary>
    public async Task<string> EvaluateAsync(string expressions)
    {
        var start = new ProcessStartInfo("erl_call", ["-n", Name, "-e"])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        foreach (var (key, value) in Environment()) start.Environment[key] = value;
        using var call = Process.Start(start)!;
        await call.StandardInput.WriteAsync($"{expressions}\n");
        call.StandardInput.Close();
        var output = await call.StandardOutput.ReadToEndAsync();
        await call.WaitForExitAsync();
        return output.StartsWith("{ok, ", StringComparison.Ordinal)
            ? output[5..^1]
            : throw new InvalidOperationException($"{Name} does not evaluate {expressions}: {output}");
    }

    /// <summary>Sends a signal to the broker.</summary>
    public Task SignalAsync(string signal) => Signals.SendAsync(signal, Pid);

    private string Output => File.Exists(OutputPath) ? File.ReadAllText(OutputPath) : "";

    private string PidPath => Path.Combine(_folder, "pid");

    private string OutputPath => Path.Combine(_folder, "out");

    private async Task EndAsync(string signal)
    {
        if (!IsRunning) return;
        // One that has not come as far as to write its process id has nothing to end in good order.
        if (File.Exists(PidPath)) await SignalAsync(signal);
        else _script!.Kill(entireProcessTree: true);
        using var limit = new CancellationTokenSource(s_limit);
        await _script!.WaitForExitAsync(limit.Token);
        _script.Dispose();
        _script = null;
    }

    private void StartScript()
    {
        _script?.Dispose();
        File.Delete(PidPath);
        File.Delete(OutputPath);
        var start = new ProcessStartInfo(Program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in Environment()) start.Environment[key] = value;
        _script = Process.Start(start)!;
        _script.OutputDataReceived += OnOutput;
        _script.ErrorDataReceived += OnOutput;
        _script.BeginOutputReadLine();
        _script.BeginErrorReadLine();
    }

    private void OnOutput(object sender, DataReceivedEventArgs line)
    {
        lock (this) File.AppendAllText(OutputPath, line.Data + "\n");
    }

    /// <summary>Whether it speaks AMQP: its answer to a hello is a method. It listens only once it is ready.</summary>
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            await client.GetStream().WriteAsync(s_hello, cancellationToken);
            var answer = new byte[1];
            return await client.GetStream().ReadAsync(answer, cancellationToken) == 1 && answer[0] == 1;
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return false;
        }
    }

    private Dictionary<string, string> Environment() => new()
    {
        ["HOME"] = home,
        ["LANG"] = "C.UTF-8",
        ["ERL_EPMD_PORT"] = epmdPort.ToString(CultureInfo.InvariantCulture),
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODENAME"] = Name,
        ["RABBITMQ_DIST_PORT"] = Ports.Free().ToString(CultureInfo.InvariantCulture),
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "mnesia"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log"),
        ["RABBITMQ_PID_FILE"] = PidPath,
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "plugins"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq"),
        ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(_folder, "advanced"),
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(_folder, "env.conf"),
        // Without turning in circles while there is nothing to do, which several brokers on few cores would do at the cost of all.
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
    };
}
