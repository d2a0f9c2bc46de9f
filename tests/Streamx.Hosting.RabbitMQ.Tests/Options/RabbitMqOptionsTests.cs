using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.RabbitMQ.Tests.Options;

/// <summary>Settings come from code and configuration, and bad ones stop the start with their path.</summary>
public sealed class RabbitMqOptionsTests
{
    private static readonly TestStream s_stream = new(new Uri("amqp://127.0.0.1:1"));

    [Fact]
    public void Options_FromConfiguration_WinOverCode()
    {
        var pod = Pod.Build(s_stream, _ => { }, configure: null,
            ($"Streamx:{s_stream.Name}:RabbitMq:Uri", "amqps://user@broker:5671/shop"),
            ($"Streamx:{s_stream.Name}:RabbitMq:Heartbeat", "00:00:03"),
            ($"Streamx:{s_stream.Name}:RabbitMq:Nodes:0", "broker-2:5672"),
            ($"Streamx:{s_stream.Name}:RabbitMq:Consumers:0", "Ledger"));

        var options = pod.Services.GetRequiredService<IOptionsMonitor<RabbitMqOptions>>().Get(s_stream.Name);

        Assert.Equal((new Uri("amqps://user@broker:5671/shop"), TimeSpan.FromSeconds(3)), (options.Uri, options.Heartbeat));
        Assert.Equal("test", options.Prefix);
        Assert.Equal(["broker-2:5672"], options.Nodes);
        Assert.Equal(["Ledger"], options.Consumers);
    }

    [Theory]
    [InlineData("Uri", "http://broker", "is not an address of RabbitMQ")]
    [InlineData("Prefix", "", "is empty")]
    [InlineData("Prefix", "amq", "the broker keeps names that begin with 'amq.' to itself")]
    [InlineData("Prefix", "amq.streams", "the broker keeps names that begin with 'amq.' to itself")]
    [InlineData("InstanceId", "", "is empty")]
    [InlineData("MaxValueBytes", "1000", "it has to be from 1024")]
    [InlineData("MaxBytesUnderWay", "1000", "it has to be from 1024")]
    [InlineData("ConsumerTimeout", "00:00:00.5", "it has to be from 00:00:01")]
    [InlineData("Heartbeat", "00:00:00", "it has to be from")]
    [InlineData("MaxReconnectDelay", "00:00:00.001", "it has to be from")]
    [InlineData("Heartbeat", "3", "is '3', which has no unit. Write a duration as hours:minutes:seconds: 00:00:10 is ten seconds.")]
    [InlineData("Urri", "amqp://broker", "has no effect. Known settings there: Uri,")]
    [InlineData("Urri", "amqp://broker", "Did you mean 'Uri'?")]
    [InlineData("PasswordFile", "/nowhere/password", "does not exist")]
    [InlineData("TlsAuthorityFile", "/nowhere/ca.crt", "there is no TLS")]
    [InlineData("AuthenticateByCertificate", "true", "is set without")]
    public async Task Start_BadSetting_FailsWithItsPath(string setting, string value, string problem)
    {
        await using var pod = Pod.Build(s_stream, _ => { }, configure: null, ($"Streamx:{s_stream.Name}:RabbitMq:{setting}", value));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(pod.StartAsync);

        Assert.Contains($"Streamx:{s_stream.Name}:RabbitMq:{setting}", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_TransportChosenTwice_ReportsEachProblemOnce()
    {
        await using var pod = Pod.Build(
            s_stream, stream => stream.UseRabbitMq(o => o.FailFast = true), configure: null,
            ($"Streamx:{s_stream.Name}:RabbitMq:Prefix", ""), ($"Streamx:{s_stream.Name}:RabbitMq:Nodes:0", "broker-2"));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(pod.StartAsync);

        Assert.Equal([$"Streamx:{s_stream.Name}:RabbitMq:Prefix is empty."], error.Failures);
    }

    [Fact]
    public void Configuration_TransportChosenTwice_BindsListsOnce()
    {
        var pod = Pod.Build(s_stream, stream => stream.UseRabbitMq(), configure: null, ($"Streamx:{s_stream.Name}:RabbitMq:Nodes:0", "broker-2"));

        Assert.Equal(["broker-2"], pod.Services.GetRequiredService<IOptionsMonitor<RabbitMqOptions>>().Get(s_stream.Name).Nodes);
    }

    [Theory]
    [InlineData("Consumers:0", "of consumer 'cccc")]
    [InlineData("Prefix", "The name of stream 's")]
    public async Task Start_NameTooLongForAQueue_FailsWithTheName(string setting, string problem)
    {
        await using var pod = Pod.Build(s_stream, _ => { }, configure: null, ($"Streamx:{s_stream.Name}:RabbitMq:{setting}", new string('c', 250)));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(pod.StartAsync);

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("bytes of at most 255", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NameOfAConsumerTooLongForAQueue_FaultsTheStreamWithTheName()
    {
        await using var pod = Pod.Build(s_stream, stream => stream.AddConsumer(new string('c', 250), (_, _) => default));
        await pod.StartAsync();

        var report = await pod.EndAsync();

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Contains(pod.Log(LogLevel.Error), message => message.Contains("is too long for RabbitMQ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("amqp://broker-2")]
    [InlineData("user@broker-2")]
    [InlineData("broker-2/shop")]
    [InlineData("broker-2:port")]
    [InlineData("")]
    public async Task Start_BadNode_FailsWithItsPath(string node)
    {
        await using var pod = Pod.Build(s_stream, _ => { }, configure: null, ($"Streamx:{s_stream.Name}:RabbitMq:Nodes:0", node));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(pod.StartAsync);

        Assert.Contains($"Streamx:{s_stream.Name}:RabbitMq:Nodes:0 has to be a host, or host:port", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("service.name=shop, service.instance.id = shop.orders-1%2Cworker ,k8s.pod.name=orders-1", "shop.orders-1,worker")]
    [InlineData("service.name=shop,service.instance.id=", null)]
    [InlineData("service.instance.identity=other", null)]
    [InlineData("", null)]
    public void InstanceId_NotSet_IsThatOfTheMetricsOrElseHostAndProcess(string attributes, string? expected)
    {
        var pod = Pod.Build(s_stream, _ => { }, configure: null, ("OTEL_RESOURCE_ATTRIBUTES", attributes));

        var options = pod.Services.GetRequiredService<IOptionsMonitor<RabbitMqOptions>>().Get(s_stream.Name);

        Assert.Equal(expected ?? $"{Environment.MachineName}:{Environment.ProcessId}", options.InstanceId);
    }

    [Fact]
    public void InstanceId_Set_Wins()
    {
        var pod = Pod.Build(s_stream, _ => { }, configure: null, ("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=other"), ($"Streamx:{s_stream.Name}:RabbitMq:InstanceId", "one"));

        Assert.Equal("one", pod.Services.GetRequiredService<IOptionsMonitor<RabbitMqOptions>>().Get(s_stream.Name).InstanceId);
    }

    [Fact]
    public async Task Start_LatestConsumer_IsRefused()
    {
        await using var pod = Pod.Build(s_stream, stream => stream.AddConsumer("a", (_, _) => default, o => o.Mode = SubscriptionMode.Latest));

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(pod.StartAsync);

        Assert.Contains("cannot be Latest on a stream between processes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NoSubscribers.Discard)]
    [InlineData(NoSubscribers.Throw)]
    public async Task Start_NoWaitForTheFirstConsumer_IsRefused(NoSubscribers then)
    {
        await using var pod = Pod.Build(s_stream, _ => { }, o => o.WhenNoSubscribers = then);

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(pod.StartAsync);

        Assert.Contains($"Streamx:{s_stream.Name}:WhenNoSubscribers cannot be {then} on a stream between processes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AsyncStream_Injected_IsRefused()
    {
        var pod = Pod.Build(s_stream, _ => { });

        var error = Assert.Throws<InvalidOperationException>(() => pod.Services.GetRequiredKeyedService<AsyncStream<int>>(s_stream.Name));

        Assert.Contains("Take an IStreamWriter<T>", error.Message, StringComparison.Ordinal);
    }
}
