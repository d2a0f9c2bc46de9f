using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// What a connection over TLS requires of the broker, and the client certificate that it presents. The files are read for each connection,
/// so that they can be renewed.
/// </summary>
internal sealed class BrokerTls
{
    /// <summary>The purpose that a broker's certificate must have: to authenticate a server.</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly bool _isEnabled;

    /// <summary>The only authorities that are trusted; null for the system's.</summary>
    private readonly X509Certificate2Collection? _authorities;

    /// <summary>The client's certificate and those that lead to its authority; null for none.</summary>
    private readonly X509Certificate2Collection? _client;

    private volatile string? _problem;

    private BrokerTls(bool isEnabled, X509Certificate2Collection? authorities, X509Certificate2Collection? client)
    {
        _isEnabled = isEnabled;
        _authorities = authorities;
        _client = client;
    }

    /// <summary>Why a broker's certificate was last refused; null if none was.</summary>
    internal string? Problem => _problem;

    /// <summary>Reads the files.</summary>
    /// <exception cref="CryptographicException">A file does not have the expected content.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    internal static BrokerTls Load(RabbitMqOptions options, bool isEnabled)
    {
        if (!isEnabled) return new BrokerTls(isEnabled, authorities: null, client: null);
        return new BrokerTls(isEnabled, options.TlsAuthorityFile is { } file ? Authorities(file) : null, Client(options));
    }

    /// <summary>The client's TLS settings for a host.</summary>
    internal SslOption For(string host) => new(host, enabled: _isEnabled)
    {
        AcceptablePolicyErrors = SslPolicyErrors.None,
        Certs = _client,
        CertificateValidationCallback = (_, certificate, chain, errors) => Accepts(host, certificate, chain, errors),
    };

    private static X509Certificate2Collection Authorities(string file)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("There is no certificate in it.");
    }

    private static X509Certificate2Collection? Client(RabbitMqOptions options)
    {
        if (options.TlsCertificateFile is not { } file) return null;
        var key = options.TlsKeyFile ?? file;
        var certificate = options.TlsKeyPasswordFile is { } password
            ? X509Certificate2.CreateFromEncryptedPemFile(file, File.ReadAllText(password).Trim(), key)
            : X509Certificate2.CreateFromPemFile(file, key);
        if (OperatingSystem.IsWindows())
        {
            // On this platform TLS cannot use a key that exists only in memory.
            using var ephemeral = certificate;
            certificate = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), password: null);
        }

        return [certificate];
    }

    private bool Accepts(string host, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var problem =
            errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) || certificate is null ? "it has shown no certificate"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? $"its certificate is not for {host}"
            : _authorities is not null ? ChainProblem(certificate, chain)
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) ? Describe(chain?.ChainStatus)
            : null;
        if (problem is null) return true;
        _problem = problem;
        return false;
    }

    private string? ChainProblem(X509Certificate certificate, X509Chain? shown)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities!);
        // No revocation check, as in TLS without a private authority.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        foreach (var element in shown?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var copy = new X509Certificate2(certificate);
        return chain.Build(copy) ? null : Describe(chain.ChainStatus);
    }

    private static string Describe(X509ChainStatus[]? status)
    {
        var all = (status ?? []).Aggregate(X509ChainStatusFlags.NoError, (flags, one) => flags | one.Status);
        return
            all.HasFlag(X509ChainStatusFlags.NotTimeValid) ? "its certificate, or one that leads to its authority, has expired or is not "
                + "valid yet"
            : all.HasFlag(X509ChainStatusFlags.UntrustedRoot)
                || all.HasFlag(X509ChainStatusFlags.PartialChain) ? "its certificate is of an authority that is not trusted"
            : $"its certificate is refused: {all}";
    }
}
