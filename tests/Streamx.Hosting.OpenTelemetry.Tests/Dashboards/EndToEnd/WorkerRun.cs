namespace Streamx.Hosting.OpenTelemetry.Tests.Dashboards.EndToEnd;

/// <summary>The sample, run as a process that sends its metrics to a bridge twice a second, under its name as the job.</summary>
internal sealed class WorkerRun : IDisposable
{
    /// <summary>The sample.</summary>
    internal const string Sample = "WorkerDemo.dll";

    /// <summary>The sample with workers that fail.</summary>
    internal const string TroubledSample = "WorkerDemo.Troubled.dll";

    /// <summary>Its journal and its input; deleted at the end.</summary>
    private readonly string _folder;

    /// <summary>The process.</summary>
    private readonly LineProcess _process;

    private WorkerRun(string folder, LineProcess process) => (_folder, _process) = (folder, process);

    /// <summary>Starts it on more lines than it can deal with in time.</summary>
    public static WorkerRun Start(OtlpBridge bridge, string job, string worker, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("streamx-worker-").FullName;
        File.WriteAllLines(Path.Combine(folder, "lines.txt"), Enumerable.Range(1, 200_000).Select(i => $"{i}"));
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = bridge.Address.ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            ["OTEL_SERVICE_NAME"] = job,
            ["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={job}-1,service.version=1.0",
            // Spans of every line are not what this is about.
            ["OTEL_TRACES_SAMPLER"] = "always_off",
        };
        var program = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] all = [Path.Combine(AppContext.BaseDirectory, worker), "--input", "lines.txt", "--database", "events.db", .. arguments];
        return new WorkerRun(folder, LineProcess.Start(program, all, environment, folder));
    }

    /// <summary>Ends it as an orchestrator does. Its last metrics have been sent when the task ends.</summary>
    public Task TerminateAsync() => _process.TerminateAsync();

    public void Dispose()
    {
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
