using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.Hosting.RabbitMQ.Tests.Telemetry;

namespace Streamx.Hosting.RabbitMQ.Tests.Connections;

/// <summary>
/// Whatever goes wrong: no secret, and no part of an address but its host, comes into a log, an exception, health, status, the live page,
/// a report, a metric or a trace.
/// </summary>
[Collection(nameof(TracingCollection))]
public sealed class SecretsTests(OneNode broker, TlsNode tls) : IAsyncDisposable
{
    private const string Marker = "hidden0marker";

    private readonly TestStream _stream = new(broker.Uri);

    /// <summary>Addresses that cannot work.</summary>
    public static TheoryData<string> BadAddresses =>
    [
        $"http://app:{Marker}@broker",
        $"amqp:app:{Marker}@broker",
        $"app:{Marker}@broker",
        $"amqp://app:{Marker}#1@broker",
        $"amqp://app:1#{Marker}@broker",
        $"amqp://app:{Marker}/1@broker",
        $"amqp://app:1/{Marker}@broker",
        $"amqp://app:1?{Marker}@broker",
        $"amqp://app:{Marker}:1@broker",
        $"amqp://app:{Marker}@broker:99999",
        $"amqp://app:{Marker}@broker:port",
        $"amqp://app:{Marker}@",
        $"amqp://app:{Marker}@broker/one/two",
        $"//app:{Marker}@broker",
    ];

    [Theory]
    [MemberData(nameof(BadAddresses))]
    public async Task Start_BadAddress_IsRefusedWithTheSettingAndWithoutTheSecret(string address)
    {
        await using var configured = Pod.Build(_stream, _ => { }, configure: null, ($"Streamx:{_stream.Name}:RabbitMq:Uri", address));
        await AssertRefusedAsync(configured, "Uri");
        if (!Uri.TryCreate(address, UriKind.RelativeOrAbsolute, out var uri)) return;
        _stream.Options.Uri = uri;
        await using var coded = Pod.Build(_stream, _ => { });
        await AssertRefusedAsync(coded, "Uri");
    }

    [Theory]
    [InlineData($"app:{Marker}@broker-2")]
    [InlineData($"amqp://app:{Marker}@broker-2")]
    [InlineData($"broker-2#{Marker}")]
    public async Task Start_UserInANode_IsRefusedWithTheSettingAndWithoutTheSecret(string node)
    {
        await using var pod = Pod.Build(_stream, _ => { }, configure: null, ($"Streamx:{_stream.Name}:RabbitMq:Nodes:0", node));

        await AssertRefusedAsync(pod, "Nodes:0");
    }

    [Fact]
    public async Task Start_PasswordThatDoesNotFitTheKey_IsRefusedWithTheSettingAndWithoutTheSecret()
    {
        var (certificate, key) = tls.Authority.CreateClient("encrypted", "guest", "right");
        await using var pod = Pod.Build(
            _stream,
            _ => { },
            configure: null,
            ($"Streamx:{_stream.Name}:RabbitMq:Uri", "amqps://broker"),
            ($"Streamx:{_stream.Name}:RabbitMq:TlsCertificateFile", certificate),
            ($"Streamx:{_stream.Name}:RabbitMq:TlsKeyFile", key),
            ($"Streamx:{_stream.Name}:RabbitMq:TlsKeyPasswordFile", await MarkerFileAsync()));

        await AssertRefusedAsync(pod, "TlsCertificateFile");
    }

    /// <summary>What keeps a process from its broker.</summary>
    public static TheoryData<string> Problems => ["address", "password", "file", "nobody listens", "no such host", "wrong certificate", "key gone"];

    [Theory]
    [MemberData(nameof(Problems))]
    public async Task Run_BrokerRefusesOrCannotBeReached_SecretIsNowhere(string problem)
    {
        using var observed = new Observed();
        await using var pod = await StartAsync(problem);
        using var impatient = new CancellationTokenSource();
        var put = pod.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name).PutAsync(1, impatient.Token).AsTask();
        await pod.LoggedAsync("cannot be reached", "producers");
        await pod.LoggedAsync("cannot be reached", ", a:");

        var shown = await ShownAsync(pod);
        await impatient.CancelAsync();
        var thrown = await Record.ExceptionAsync(() => put.WithinAsync());
        var report = await pod.StopAsync();

        AssertHidden([.. shown, thrown?.ToString(), JsonSerializer.Serialize(report.Streams), .. Logged(pod), .. observed.All]);
    }

    [Theory]
    [MemberData(nameof(Problems))]
    public async Task Run_SetToFailFast_SecretIsNotInWhatItFailsWith(string problem)
    {
        _stream.Options.FailFast = true;
        using var observed = new Observed();
        await using var pod = await StartAsync(problem);
        await pod.LoggedAsync("has failed with");

        var shown = await ShownAsync(pod);
        var thrown = await Record.ExceptionAsync(() => pod.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name).PutAsync(1).AsTask().WithinAsync());
        var report = await pod.StopAsync();

        Assert.IsType<StreamFaultedException>(thrown);
        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        AssertHidden([.. shown, thrown.ToString(), JsonSerializer.Serialize(report.Streams), .. Logged(pod), .. observed.All]);
    }

    public async ValueTask DisposeAsync() => await new TestStream(broker.Uri, _stream.Name).DisposeAsync();

    /// <summary>Starts a process that cannot get to its broker, with the marker for a secret.</summary>
    private async Task<Pod> StartAsync(string problem)
    {
        var (certificate, key) = tls.Authority.CreateClient($"{problem.Replace(' ', '-')}-{_stream.Options.FailFast}", "guest", Marker);
        (string Key, string? Value)[] settings = problem switch
        {
            "address" => [("Uri", $"amqp://guest:{Marker}@127.0.0.1:{broker.Uri.Port}")],
            "password" => [("Password", Marker), ("UserName", "guest")],
            "file" => [("PasswordFile", await MarkerFileAsync())],
            "nobody listens" => [("Uri", $"amqp://guest:{Marker}@127.0.0.1:1")],
            "no such host" => [("Uri", $"amqp://guest:{Marker}@broker.invalid")],
            "wrong certificate" => [("Uri", $"amqps://guest:{Marker}@127.0.0.1:{tls.Port}")],
            _ =>
            [
                ("Uri", $"amqps://guest:{Marker}@127.0.0.1:{tls.Port}"),
                ("TlsCertificateFile", certificate),
                ("TlsKeyFile", key),
                ("TlsKeyPasswordFile", await MarkerFileAsync()),
            ],
        };
        var pod = Pod.Build(
            _stream,
            stream =>
            {
                stream.Services.AddHealthChecks().AddStreamx();
                stream.AddConsumer("a", (_, _) => default);
            },
            configure: null,
            [.. settings.Select(setting => ($"Streamx:{_stream.Name}:RabbitMq:{setting.Key}", setting.Value))]);
        await pod.StartAsync();
        if (problem == "key gone") File.Delete(key);
        return pod;
    }

    /// <summary>What a process shows of itself while it runs.</summary>
    private static async Task<IEnumerable<string?>> ShownAsync(Pod pod)
    {
        var health = await pod.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        var page = await LivePage.ReadAsync(pod);
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.Contains($"\"name\":\"{pod.Stream}\"", page, StringComparison.Ordinal);
        return
        [
            .. health.Entries.Values.SelectMany(entry => entry.Data.Values.Select(value => value.ToString()).Append(entry.Description).Append(entry.Exception?.ToString())),
            JsonSerializer.Serialize(pod.Status.Remote),
            page,
        ];
    }

    private static async Task AssertRefusedAsync(Pod pod, string setting)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(pod.StartAsync);

        Assert.Contains($":RabbitMq:{setting}", error.Message, StringComparison.Ordinal);
        AssertHidden([error.ToString(), .. error.Failures, .. Logged(pod)]);
    }

    private static void AssertHidden(IEnumerable<string?> texts) =>
        Assert.All(texts, text => Assert.DoesNotContain(Marker, text ?? "", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string?> Logged(Pod pod) => pod.Services.GetRequiredService<FakeLogCollector>().GetSnapshot()
        .SelectMany(record => (record.StructuredState ?? []).Select(pair => pair.Value).Append(record.Message).Append(record.Exception?.ToString()));

    private async Task<string> MarkerFileAsync()
    {
        var file = Path.Combine(tls.Folder, $"marker-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(file, $"{Marker}\n");
        return file;
    }

    /// <summary>Everything that is measured and traced meanwhile, as text.</summary>
    private sealed class Observed : IDisposable
    {
        private readonly ConcurrentQueue<string> _all = new();
        private readonly MeterListener _meters = new();
        private readonly ActivityListener _activities;

        public Observed()
        {
            _meters.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name.StartsWith("Streamx", StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
            };
            _meters.SetMeasurementEventCallback<long>((_, _, tags, _) => Note(tags));
            _meters.SetMeasurementEventCallback<double>((_, _, tags, _) => Note(tags));
            _meters.Start();
            _activities = new ActivityListener
            {
                ShouldListenTo = source => source.Name.StartsWith("Streamx", StringComparison.Ordinal) || source.Name.StartsWith("RabbitMQ", StringComparison.Ordinal),
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = activity => _all.Enqueue(
                    $"{activity.DisplayName} {activity.StatusDescription} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Events.SelectMany(one => one.Tags))}"),
            };
            ActivitySource.AddActivityListener(_activities);
        }

        public IEnumerable<string> All
        {
            get
            {
                _meters.RecordObservableInstruments();
                return [.. _all];
            }
        }

        public void Dispose()
        {
            _meters.Dispose();
            _activities.Dispose();
        }

        private void Note(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags) _all.Enqueue($"{tag.Key}={tag.Value}");
        }
    }
}
