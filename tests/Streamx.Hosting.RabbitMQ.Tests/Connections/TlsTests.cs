using Streamx.Hosting.RabbitMQ.Tests.Brokers;
using Streamx.Hosting.RabbitMQ.Tests.Telemetry;

namespace Streamx.Hosting.RabbitMQ.Tests.Connections;

/// <summary>Over TLS the broker is who its certificate says, for the host that was asked for; and the client can be who its own says.</summary>
[Collection(nameof(TracingCollection))]
public sealed class TlsTests(TlsNode broker)
{
    private readonly string _stream = $"s{Guid.NewGuid():N}";

    [Fact]
    public async Task Join_CertificateOfTheAuthorityForTheHost_Succeeds() => await AssertConnectsAsync(Options(TlsNode.Host));

    [Fact]
    public async Task Join_CertificateForAnotherHost_IsRefused() =>
        Assert.Equal("RabbitMQ at 127.0.0.1 cannot be reached: TLS failed: its certificate is not for 127.0.0.1.", await RefusalAsync(Options("127.0.0.1")));

    [Fact]
    public async Task Join_ANodeBesideTheAddress_IsVerifiedUnderItsOwnHost()
    {
        var options = Options(TlsNode.Host, Ports.Free());
        options.Nodes.Add($"127.0.0.1:{broker.Port}");
        var good = Options(TlsNode.Host, Ports.Free());
        good.Nodes.Add($"{TlsNode.Host}:{broker.Port}");

        Assert.Contains("its certificate is not for 127.0.0.1", await RefusalAsync(options), StringComparison.Ordinal);
        await AssertConnectsAsync(good);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Join_CertificateOfAnotherAuthority_IsRefused(bool hasOwn)
    {
        var options = Options(TlsNode.Host);
        options.TlsAuthorityFile = hasOwn ? new Certificates(broker.Folder, "other").AuthorityFile : null;

        Assert.EndsWith("TLS failed: its certificate is of an authority that is not trusted.", await RefusalAsync(options), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Join_CertificateExpired_IsRefused()
    {
        await broker.ShowAsync(isExpired: true);
        try
        {
            Assert.EndsWith("has expired or is not valid yet.", await RefusalAsync(Options(TlsNode.Host)), StringComparison.Ordinal);
        }
        finally
        {
            await broker.ShowAsync(isExpired: false);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("a password")]
    public async Task Join_ClientCertificateInThePlaceOfAPassword_IsTheUserItNames(string? password)
    {
        var (certificate, key) = broker.Authority.CreateClient($"client{password?.Length}", "guest", password);
        var passwordFile = Path.Combine(broker.Folder, "key-password");
        await File.WriteAllTextAsync(passwordFile, $"{password}\n");
        var section = $"Streamx:{_stream}:RabbitMq";
        await using var pod = Pod.Build(
            new TestStream(new Uri("amqp://127.0.0.1:1"), _stream),
            _ => { },
            configure: null,
            ($"{section}:Uri", $"amqps://{TlsNode.Host}:{broker.Port}"),
            ($"{section}:UserName", "not used"),
            ($"{section}:TlsAuthorityFile", broker.Authority.AuthorityFile),
            ($"{section}:TlsCertificateFile", certificate),
            ($"{section}:TlsKeyFile", key),
            ($"{section}:TlsKeyPasswordFile", password is null ? null : passwordFile),
            ($"{section}:AuthenticateByCertificate", "true"));

        await AssertConnectsAsync(pod.Options);
    }

    [Fact]
    public async Task Join_ClientCertificateOfAnotherAuthority_IsRefused()
    {
        var options = Options(TlsNode.Host);
        (options.TlsCertificateFile, options.TlsKeyFile) = new Certificates(broker.Folder, "third").CreateClient("stranger", "guest");
        options.AuthenticateByCertificate = true;

        Assert.StartsWith("RabbitMQ at localhost cannot be reached: ", await RefusalAsync(options), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Join_NoTlsAtThatPort_SaysSo() =>
        Assert.StartsWith("RabbitMQ at localhost cannot be reached: TLS failed", await RefusalAsync(Options(TlsNode.Host, broker.PlainPort)), StringComparison.Ordinal);

    private RabbitMqOptions Options(string host, int? port = null) =>
        new() { Uri = new Uri($"amqps://{host}:{port ?? broker.Port}"), Prefix = "test", TlsAuthorityFile = broker.Authority.AuthorityFile };

    private async Task AssertConnectsAsync(RabbitMqOptions options)
    {
        await using var session = await new RabbitMqTransport(_stream, options, TimeProvider.System).JoinAsync("a", default).WithinAsync();

        Assert.True(session.IsHeld);
    }

    private async Task<string> RefusalAsync(RabbitMqOptions options) =>
        (await Assert.ThrowsAsync<TransportException>(() => new RabbitMqTransport(_stream, options, TimeProvider.System).JoinAsync("a", default)).WithinAsync()).Message;
}
