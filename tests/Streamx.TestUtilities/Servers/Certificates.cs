using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Streamx.TestUtilities.Servers;

/// <summary>A certificate authority of the tests, and certificates of it, as PEM files in a folder.</summary>
internal sealed class Certificates
{
    private readonly string _folder;
    private readonly X509Certificate2 _authority;

    /// <summary>Makes an authority.</summary>
    /// <param name="folder">Where its files are.</param>
    /// <param name="name">What it is called.</param>
    public Certificates(string folder, string name)
    {
        _folder = folder;
        AuthorityFile = Path.Combine(folder, $"{name}.pem");
        var request = new CertificateRequest($"CN={name}", RSA.Create(2048), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = TimeProvider.System.GetUtcNow();
        _authority = request.CreateSelfSigned(now.AddDays(-30), now.AddDays(30));
        File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
    }

    /// <summary>The authority's certificate.</summary>
    public string AuthorityFile { get; }

    /// <summary>Makes the certificate of a server, and gives its files.</summary>
    /// <param name="file">What they are called.</param>
    /// <param name="host">The host it is for.</param>
    /// <param name="isExpired">Whether it has expired.</param>
    public (string Certificate, string Key) CreateServer(string file, string host, bool isExpired = false)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        return Create(file, host, "1.3.6.1.5.5.7.3.1", names.Build(), isExpired, password: null);
    }

    /// <summary>Makes the certificate of a client, and gives its files.</summary>
    /// <param name="file">What they are called.</param>
    /// <param name="user">The user it names.</param>
    /// <param name="password">What its key is encrypted with; null for nothing.</param>
    public (string Certificate, string Key) CreateClient(string file, string user, string? password = null) =>
        Create(file, user, "1.3.6.1.5.5.7.3.2", names: null, isExpired: false, password);

    private (string Certificate, string Key) Create(string file, string subject, string purpose, X509Extension? names, bool isExpired, string? password)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        if (names is not null) request.CertificateExtensions.Add(names);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(_authority, now.AddDays(-10), now.AddDays(isExpired ? -1 : 10), RandomNumberGenerator.GetBytes(8));
        var (certificateFile, keyFile) = (Path.Combine(_folder, $"{file}.crt"), Path.Combine(_folder, $"{file}.key"));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, password is null
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000)));
        return (certificateFile, keyFile);
    }
}
