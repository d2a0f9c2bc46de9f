using System.Security.Authentication;

namespace Streamx.Hosting.PostgreSql.Tests.Servers;

/// <summary>Over TLS the server is who its certificate says, for the host that was asked for.</summary>
public sealed class TlsServerTests(TlsServer tls) : IClassFixture<TlsServer>
{
    [Fact]
    public Task Connect_CertificateOfTheAuthorityForTheHost_Succeeds() => OpenAsync(tls.Connect());

    [Fact]
    public Task Connect_CertificateForAnotherHost_IsRefused() => AssertRefusedAsync(tls.Connect("127.0.0.1"));

    [Fact]
    public Task Connect_CertificateOfAnotherAuthority_IsRefused()
    {
        var connection = tls.Connect();
        connection.RootCertificate = new Certificates(tls.Folder, "other").AuthorityFile;
        return AssertRefusedAsync(connection);
    }

    [Fact]
    public async Task Connect_CertificateExpired_IsRefused()
    {
        await tls.ShowAsync(isExpired: true);
        await AssertRefusedAsync(tls.Connect());
        await tls.ShowAsync(isExpired: false);
        await OpenAsync(tls.Connect());
    }

    [Fact]
    public async Task Connect_WithoutTls_IsRefused()
    {
        var connection = tls.Connect();
        connection.SslMode = SslMode.Disable;

        Assert.Equal("28000", (await Assert.ThrowsAsync<PostgresException>(() => OpenAsync(connection))).SqlState);
    }

    private static async Task AssertRefusedAsync(NpgsqlConnectionStringBuilder connection) =>
        Assert.IsType<AuthenticationException>((await Assert.ThrowsAsync<NpgsqlException>(() => OpenAsync(connection))).InnerException);

    private static async Task OpenAsync(NpgsqlConnectionStringBuilder builder)
    {
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync();
    }
}
