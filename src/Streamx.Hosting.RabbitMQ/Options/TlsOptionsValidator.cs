using System.Security.Cryptography;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Reports each TLS setting that cannot work. The contents of the files are not reported.</summary>
internal static class TlsOptionsValidator
{
    /// <summary>One sentence for each problem.</summary>
    /// <param name="options">The options.</param>
    /// <param name="path">Makes the configuration path of a setting.</param>
    internal static IEnumerable<string> ProblemsOf(RabbitMqOptions options, Func<string, string> path)
    {
        (string Setting, string? File)[] files =
        [
            (nameof(options.TlsAuthorityFile), options.TlsAuthorityFile),
            (nameof(options.TlsCertificateFile), options.TlsCertificateFile),
            (nameof(options.TlsKeyFile), options.TlsKeyFile),
            (nameof(options.TlsKeyPasswordFile), options.TlsKeyPasswordFile),
        ];
        var set = files.Where(file => file.File is not null).ToList();
        if (set.Count > 0 && options.Uri is { IsAbsoluteUri: true, Scheme: "amqp" })
            return [$"{path(set[0].Setting)} is set, but {path(nameof(options.Uri))} does not begin with amqps://: there is no TLS."];
        var problems = set.Where(file => !File.Exists(file.File)).Select(
            file => $"{path(file.Setting)} names {file.File}, which does not exist.").ToList();
        if (options.TlsCertificateFile is null)
        {
            foreach (var file in set.Where(file => file.Setting is nameof(options.TlsKeyFile) or nameof(options.TlsKeyPasswordFile)))
                problems.Add($"{path(file.Setting)} is set without {path(nameof(options.TlsCertificateFile))}.");
            if (options.AuthenticateByCertificate)
            {
                problems.Add(
                    $"{path(nameof(options.AuthenticateByCertificate))} is set without {path(nameof(options.TlsCertificateFile))}.");
            }
        }

        return problems.Count > 0 ? problems : [.. Unreadable(options, path)];
    }

    private static IEnumerable<string> Unreadable(RabbitMqOptions options, Func<string, string> path)
    {
        if (options.TlsAuthorityFile is not null && !CanLoad(new RabbitMqOptions { TlsAuthorityFile = options.TlsAuthorityFile }))
            yield return $"{path(nameof(options.TlsAuthorityFile))} names {options.TlsAuthorityFile}, which holds no certificates in PEM.";
        if (options.TlsCertificateFile is not null
            && !CanLoad(new RabbitMqOptions
            {
                TlsCertificateFile = options.TlsCertificateFile,
                TlsKeyFile = options.TlsKeyFile,
                TlsKeyPasswordFile = options.TlsKeyPasswordFile,
            }))
        {
            yield return $"{path(nameof(options.TlsCertificateFile))} names {options.TlsCertificateFile}, which with its key and the key's "
                + "password is no certificate in PEM.";
        }
    }

    private static bool CanLoad(RabbitMqOptions files)
    {
        try
        {
            BrokerTls.Load(files, isEnabled: true);
            return true;
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
