using System.Text.Json;
using System.Text.RegularExpressions;

namespace Streamx.Repository.Tests.Packages;

/// <summary>Builds an image from its Dockerfile without an engine: every stage is a folder, and absolute paths are below it.</summary>
/// <remarks>It fails on instructions that the template does not use. It assumes that base images have what this machine has.</remarks>
/// <param name="context">The folder that is built.</param>
/// <param name="folder">Where the stages are made.</param>
/// <param name="arguments">What every <c>dotnet</c> command gets in addition: where its packages are.</param>
internal sealed class ImageBuild(string context, string folder, params string[] arguments)
{
    private readonly Dictionary<string, string> _stages = [];

    /// <summary>The root of the stage that is being made; at the end, of the image.</summary>
    private string _root = "";

    /// <summary>Where commands run, below <see cref="_root"/>.</summary>
    private string _workingDirectory = "";

    /// <summary>The image's program, which is run by <c>dotnet</c>.</summary>
    public string Program { get; private set; } = "";

    /// <summary>The image's user.</summary>
    public string User { get; private set; } = "";

    /// <summary>The image's port.</summary>
    public string Port { get; private set; } = "";

    /// <summary>Follows the instructions, from the first to the last.</summary>
    public async Task RunAsync()
    {
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(context, "Dockerfile")))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var words = line.Split(' ');
            switch (words)
            {
                case ["FROM", _, .. var name]:
                    Begin(name is ["AS", var stage] ? stage : $"{_stages.Count}");
                    break;
                case ["WORKDIR", var path]:
                    _workingDirectory = Directory.CreateDirectory(At(path)).FullName;
                    break;
                case ["COPY", ".", var target]:
                    Copy(context, At(target), Ignored());
                    break;
                case ["COPY", var from, var source, var target] when from.StartsWith("--from=", StringComparison.Ordinal):
                    Copy($"{_stages[from["--from=".Length..]]}{source}", At(target), ignored: null);
                    break;
                case ["RUN", "dotnet", .. var command]:
                    await Tool.DotnetAsync(_workingDirectory, [.. command.Select(word => word[0] == '/' ? At(word) : word), .. arguments]);
                    break;
                case ["EXPOSE", var port]:
                    Port = port;
                    break;
                case ["USER", var user]:
                    User = user;
                    break;
                case ["ENTRYPOINT", ..] when JsonSerializer.Deserialize<string[]>(line["ENTRYPOINT ".Length..]) is ["dotnet", var program]:
                    Program = At(program);
                    break;
                default:
                    throw new NotSupportedException($"Not known how to do this without an engine: {line}");
            }
        }
    }

    private void Begin(string stage)
    {
        _root = _workingDirectory = Directory.CreateDirectory(Path.Combine(folder, stage)).FullName;
        _stages[stage] = _root;
        (Program, User, Port) = ("", "", "");
    }

    private string At(string path) => path[0] == '/' ? $"{_root}{path}" : Path.GetFullPath(Path.Combine(_workingDirectory, path));

    /// <summary>What <c>.dockerignore</c> keeps out, and everything below it. Exceptions (<c>!</c>) are not supported.</summary>
    private Regex Ignored() =>
        new(string.Join('|', File.ReadLines(Path.Combine(context, ".dockerignore")).Select(ToRegex)), RegexOptions.ExplicitCapture);

    private static string ToRegex(string pattern)
    {
        var escaped = Regex.Escape(pattern)
            .Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal);
        return $"^{escaped}(/|$)";
    }

    private static void Copy(string source, string target, Regex? ignored)
    {
        Assert.True(Directory.Exists(source), $"There is no folder {source}.");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(source, file).Replace('\\', '/');
            if (ignored?.IsMatch(path) == true) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, path))!);
            File.Copy(file, Path.Combine(target, path));
        }
    }
}
