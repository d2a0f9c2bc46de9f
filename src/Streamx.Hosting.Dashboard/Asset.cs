using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Streamx.Hosting.Dashboard;

/// <summary>One file of the page, which is embedded in the assembly.</summary>
internal sealed class Asset
{
    /// <summary>The prefix of the files' resource names in the assembly.</summary>
    private const string Folder = "Page/";

    /// <summary>The page itself, the answer to a request for its folder.</summary>
    private const string Index = "index.html";

    private readonly byte[] _content;
    private readonly string _contentType;
    private readonly string _tag;

    private Asset(string name, byte[] content)
    {
        Path = name == Index ? "" : name;
        _content = content;
        _contentType = System.IO.Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            ".txt" => "text/plain; charset=utf-8",
            var other => throw new InvalidOperationException($"The page has a file of an unknown kind, {other}."),
        };
        _tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"";
    }

    /// <summary>Its path, relative to the page.</summary>
    internal string Path { get; }

    /// <summary>How many bytes it has.</summary>
    internal int Length => _content.Length;

    /// <summary>Every file of the page.</summary>
    internal static IReadOnlyList<Asset> LoadAll()
    {
        var assembly = typeof(Asset).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Select(name =>
        {
            using var source = assembly.GetManifestResourceStream(name)!;
            var content = new byte[source.Length];
            source.ReadExactly(content);
            return new Asset(name[Folder.Length..], content);
        })];
    }

    /// <summary>Sends it, or a 304 to a client that has it already.</summary>
    internal Task WriteAsync(HttpContext context)
    {
        // The page refers to its files relatively, so that it works under any path; its own path has to end with a slash for that.
        // The path is empty where the page is mapped at the root of a path base: then the browser has requested the base.
        if (Path.Length == 0 && $"{context.Request.PathBase.Value}{context.Request.Path.Value}" is var path && !path.EndsWith('/'))
        {
            context.Response.Redirect($"./{Uri.EscapeDataString(path[(path.LastIndexOf('/') + 1)..])}/{context.Request.QueryString}");
            return Task.CompletedTask;
        }

        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.ETag = _tag;
        if (context.Request.Headers.IfNoneMatch.ToString().Contains(_tag, StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.ContentType = _contentType;
        context.Response.ContentLength = _content.Length;
        return context.Response.Body.WriteAsync(_content, context.RequestAborted).AsTask();
    }
}
