using System.Diagnostics;
using System.Globalization;

namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>
/// A server on loopback, with everything of its own: port, folder, passwords. It flushes to the disk what it commits, as a server does.
/// Its log is left in the folder <c>server-logs</c> beside the test program.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The user who may do everything.</summary>
    public const string Administrator = "postgres";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private readonly string _home;
    private readonly bool _ownsHome;
    private ServerProcess? _process;

    private PostgresServer(string? home, string password)
    {
        _ownsHome = home is null;
        _home = home ?? Directory.CreateTempSubdirectory("streamx-postgres-").FullName;
        Password = password;
    }

    public int Port { get; } = Ports.Free();

    public Uri Uri => new($"tcp://127.0.0.1:{Port}");

    /// <summary>The administrator's password.</summary>
    public string Password { get; }

    /// <summary>Its files.</summary>
    public string DataFolder => Path.Combine(_home, "data");

    /// <summary>What it has logged.</summary>
    public string Log => File.ReadAllText(LogPath);

    public bool IsRunning => _process is { IsRunning: true };

    private string LogPath => Path.Combine(_home, "log");

    /// <summary>Makes a server and starts it.</summary>
    /// <param name="settings">Lines of its configuration beside the usual ones.</param>
    /// <param name="home">A folder for what is its own; null for one that goes with it.</param>
    public static async Task<PostgresServer> StartAsync(IEnumerable<string>? settings = null, string? home = null)
    {
        var server = new PostgresServer(home, NewPassword());
        try
        {
            await server.InitializeAsync();
            await server.ConfigureAsync(settings ?? []);
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public static string NewPassword() => $"secret-{Guid.NewGuid():N}";

    /// <summary>Makes and starts a server that follows this one.</summary>
    /// <param name="name">What it is called in <c>synchronous_standby_names</c>.</param>
    public async Task<PostgresServer> CreateReplicaAsync(string name)
    {
        var replica = new PostgresServer(home: null, Password);
        try
        {
            await PostgresPrograms.OwnAsync(replica._home);
            await PostgresPrograms.RunAsync(
                "pg_basebackup",
                "--dbname", $"host=127.0.0.1 port={Port} user={Administrator} password={Password} application_name={name}",
                "--pgdata", replica.DataFolder, "--write-recovery-conf", "--checkpoint", "fast", "--no-sync");
            await replica.ConfigureAsync([]);
            await replica.StartAsync();
            await UntilAsync($"select exists (select from pg_stat_replication where application_name = '{name}' and state = 'streaming')");
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    /// <summary>Has a replica become a server of its own, and waits until it takes writes.</summary>
    public async Task PromoteAsync()
    {
        await ExecuteAsync("select pg_promote(wait => true, wait_seconds => 120)");
        await UntilAsync("select not pg_is_in_recovery()");
    }

    /// <summary>Has commits wait from now on until the replicas have them, too.</summary>
    /// <param name="names">The names of the replicas; none for not to wait.</param>
    public async Task SetSynchronousAsync(params string[] names)
    {
        await SetAsync("synchronous_standby_names", string.Join(',', names));
        foreach (var name in names) await UntilAsync($"select exists (select from pg_stat_replication where application_name = '{name}' and sync_state = 'sync')");
    }

    /// <summary>Changes a setting of the server while it runs, and waits until it holds.</summary>
    public async Task SetAsync(string name, string value)
    {
        await ExecuteAsync($"alter system set {name} = '{value}'");
        await ReloadAsync();
        await UntilAsync($"select current_setting('{name}') = '{value}'");
    }

    /// <summary>Has it read its settings and certificates again. It does so soon.</summary>
    public Task ReloadAsync() => ExecuteAsync("select pg_reload_conf()");

    /// <summary>Starts it again after it has ended.</summary>
    public async Task StartAsync()
    {
        _process?.Dispose();
        _process = null;
        _process = await ServerProcess.StartAsync(DataFolder, LogPath);
    }

    /// <summary>Ends it in good order: connections are ended, transactions rolled back.</summary>
    public Task StopAsync() => _process?.EndAsync("-INT") ?? Task.CompletedTask;

    /// <summary>Ends it at once (immediate shutdown); it recovers when it is started again.</summary>
    public Task StopImmediatelyAsync() => _process?.EndAsync("-QUIT") ?? Task.CompletedTask;

    /// <summary>Ends it as a crash of the machine does.</summary>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Has it hang: connections stay open, and nobody answers.</summary>
    public Task HangAsync() => _process!.StopAsync();

    /// <summary>Has it go on.</summary>
    public Task ContinueAsync() => _process!.ContinueAsync();

    /// <summary>The state of each of its processes, as the system has it: <c>T</c> for one that is stopped.</summary>
    public char[] ProcessStates() => _process!.States();

    /// <summary>How to connect, as the administrator unless it is changed. Not from a pool.</summary>
    public NpgsqlConnectionStringBuilder Connect(string database = "postgres") => new()
    {
        Host = "127.0.0.1", Port = Port, Database = database, Username = Administrator, Password = Password, Pooling = false, Timeout = 60, CommandTimeout = 60,
    };

    /// <summary>Runs statements as the administrator.</summary>
    public async Task ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(Connect(database).ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Reads one value as the administrator.</summary>
    public async Task<T> ReadAsync<T>(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(Connect(database).ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Waits until a query answers yes.</summary>
    public async Task UntilAsync(string sql, string database = "postgres")
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await ReadAsync<bool>(sql, database)) await Task.Delay(s_look, TimeProvider.System, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        ServerLogs.Keep(LogPath, $"{Port}.log");
        await RemoveSharedMemoryAsync();
        if (_ownsHome) Directory.Delete(_home, recursive: true);
    }

    private async Task InitializeAsync()
    {
        var password = Path.Combine(_home, "password");
        await File.WriteAllTextAsync(password, Password);
        await PostgresPrograms.OwnAsync(_home);
        await PostgresPrograms.RunAsync(
            "initdb", "--pgdata", DataFolder, "--username", Administrator, "--pwfile", password, "--auth", "scram-sha-256",
            "--locale", "C", "--encoding", "UTF8", "--no-sync", "--no-instructions");
        File.Delete(password);
    }

    /// <summary>Adds to its configuration, of which what comes last counts.</summary>
    private Task ConfigureAsync(IEnumerable<string> settings) => File.AppendAllLinesAsync(Path.Combine(DataFolder, "postgresql.conf"),
    [
        "listen_addresses = '127.0.0.1'",
        $"port = {Port}",
        "unix_socket_directories = ''",
        // In the folder, and not in a place of the system that stays behind a server that is killed.
        "dynamic_shared_memory_type = mmap",
        "log_line_prefix = '%m [%p] %u@%d '",
        .. settings,
    ]);

    /// <summary>What a server that was killed leaves with the system: a segment of a few bytes, by which another knows that it runs.</summary>
    private async Task RemoveSharedMemoryAsync()
    {
        var file = Path.Combine(DataFolder, "postmaster.pid");
        if (!File.Exists(file) || await File.ReadAllLinesAsync(file) is not [_, _, _, _, _, _, var segment, ..]) return;
        var id = int.Parse(segment.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture);
        using var remove = Process.Start(new ProcessStartInfo("ipcrm", ["--shmem-id", $"{id}"]) { UseShellExecute = false, RedirectStandardError = true })!;
        await remove.WaitForExitAsync();
    }
}
