using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Otlp;

/// <summary>Takes what is exported over OTLP with http/protobuf, on a port of this machine.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;

    /// <summary>Guards what has been taken, and who waits for it.</summary>
    private readonly Lock _gate = new();

    private readonly List<OtlpMetric> _metrics = [];
    private readonly List<OtlpSpan> _spans = [];
    private readonly List<OtlpLog> _logs = [];

    /// <summary>Requests that were not as they should be.</summary>
    private readonly List<string> _refused = [];

    /// <summary>Who waits for a metric.</summary>
    private readonly List<(Predicate<OtlpMetric> Match, TaskCompletionSource<OtlpMetric> Found)> _waiters = [];

    private OtlpCollector(WebApplication app) => _app = app;

    /// <summary>Starts it.</summary>
    internal static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var collector = new OtlpCollector(builder.Build());
        collector._app.Run(collector.TakeAsync);
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>What a program's environment has to be to export to it.</summary>
    internal Dictionary<string, string> Environment => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _app.Urls.Single(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };

    /// <summary>What it has got so far, in order.</summary>
    internal (IReadOnlyList<OtlpMetric> Metrics, IReadOnlyList<OtlpSpan> Spans, IReadOnlyList<OtlpLog> Logs, IReadOnlyList<string> Refused) Taken
    {
        get
        {
            lock (_gate) return ([.. _metrics], [.. _spans], [.. _logs], [.. _refused]);
        }
    }

    /// <summary>Waits for a metric, which may have come already.</summary>
    internal Task<OtlpMetric> WaitForAsync(Predicate<OtlpMetric> match)
    {
        lock (_gate)
        {
            if (_metrics.Find(match) is { } metric) return Task.FromResult(metric);
            var found = new TaskCompletionSource<OtlpMetric>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((match, found));
            return found.Task.WaitAsync(WorkerProcess.Limit);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = $"{context.Request.Method} {context.Request.Path} {context.Request.ContentType}";
        // An empty answer is an answer without a complaint.
        context.Response.ContentType = "application/x-protobuf";
        lock (_gate)
        {
            if (request == "POST /v1/metrics application/x-protobuf") AddLocked([.. OtlpMetric.Decode(body.ToArray())]);
            else if (request == "POST /v1/traces application/x-protobuf") _spans.AddRange(OtlpSpan.Decode(body.ToArray()));
            else if (request == "POST /v1/logs application/x-protobuf") _logs.AddRange(OtlpLog.Decode(body.ToArray()));
            else _refused.Add(request);
        }
    }

    private void AddLocked(OtlpMetric[] metrics)
    {
        _metrics.AddRange(metrics);
        foreach (var metric in metrics) _waiters.RemoveAll(waiter => waiter.Match(metric) && waiter.Found.TrySetResult(metric));
    }
}
