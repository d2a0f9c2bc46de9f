using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Streamx.Tests.Exploration.Scenarios;

namespace Streamx.Tests.Exploration.Mutants;

/// <summary>Compiles the stream, with or without a defect, and explores it by a second copy of this test assembly beside it.</summary>
public sealed class MutantCompiler
{
    /// <summary>What the project files add to every source file.</summary>
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; " +
        "global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>
    /// Silences the engine's own assertions, to which this stands nearer than the framework's class: a defect has to be found by
    /// what callers can see.
    /// </summary>
    private const string NoAssertions =
        "namespace Streamx.Engine { internal static class Debug { [System.Diagnostics.Conditional(\"NEVER\")] public static void Assert(bool holds, string? message = null) { } } }";

    private static readonly CSharpParseOptions s_parsing = new(LanguageVersion.Latest, DocumentationMode.None, preprocessorSymbols: ["DEBUG", "TRACE"]);

    private readonly Dictionary<string, SyntaxTree> _sources = ReadSources(Path.Combine(FindRoot(), "src", "Streamx"));
    private readonly CSharpCompilation _sound;

    public MutantCompiler()
    {
        var original = typeof(AsyncStream<>).Assembly.GetName();
        var identity =
            $"[assembly: System.Reflection.AssemblyVersion(\"{original.Version}\")] " +
            $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{typeof(MutantCompiler).Assembly.GetName().Name}\")]";
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));
        var added = new[] { ImplicitUsings, NoAssertions, identity }.Select(text => CSharpSyntaxTree.ParseText(text, s_parsing));
        _sound = CSharpCompilation.Create(
            original.Name,
            [.. _sources.Values, .. added],
            references,
            // The analysis for null warnings would cost as much as all the rest, for no use here.
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Annotations));
    }

    /// <summary>How often a mutant's text stands in its file; once is right.</summary>
    internal int Count(Mutant mutant) => _sources.TryGetValue(mutant.File, out var tree) ? Pattern(mutant).Count(tree.ToString()) : 0;

    /// <summary>Explores one family, or all, against the stream with a defect, or as it is.</summary>
    internal (int Schedules, string? Finding) Explore(Mutant? mutant, string? family, int maxPreemptions, int maxSchedules)
    {
        using var image = new MemoryStream();
        var compiled = Compile(mutant).Emit(image);
        Assert.True(compiled.Success, string.Join(Environment.NewLine, compiled.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
        image.Position = 0;

        // Loaded first, so that the copy of this assembly finds it under the name of the real one. Not collectible: such code is
        // always compiled with all optimisations, which takes longer than it runs here.
        var context = new AssemblyLoadContext(mutant?.Name);
        var stream = context.LoadFromStream(image);
        var tests = context.LoadFromAssemblyPath(typeof(ScenarioCatalog).Assembly.Location);
        var explore = tests.GetType(typeof(ScenarioCatalog).FullName!)!
            .GetMethod(nameof(ScenarioCatalog.Explore), BindingFlags.Static | BindingFlags.NonPublic)!
            .CreateDelegate<Func<Assembly, string?, int, int, (int, string?)>>();
        return explore(stream, family, maxPreemptions, maxSchedules);
    }

    private static Dictionary<string, SyntaxTree> ReadSources(string folder) =>
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => (Name: Path.GetRelativePath(folder, path).Replace('\\', '/'), Path: path))
            .Where(file => !file.Name.StartsWith("obj/", StringComparison.Ordinal) && !file.Name.StartsWith("bin/", StringComparison.Ordinal))
            .ToDictionary(file => file.Name, file => CSharpSyntaxTree.ParseText(File.ReadAllText(file.Path), s_parsing, file.Path), StringComparer.Ordinal);

    /// <summary>The text, with any white space where it has some, so that laying out a line anew changes nothing.</summary>
    private static Regex Pattern(Mutant mutant) => new(string.Join(@"\s+", mutant.Find.Split(' ').Select(Regex.Escape)), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));

    private static string FindRoot([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", ".."));

    private CSharpCompilation Compile(Mutant? mutant)
    {
        if (mutant is null) return _sound;
        var tree = _sources[mutant.File];
        var mutated = Pattern(mutant).Replace(tree.ToString(), mutant.Replacement.Replace("$", "$$", StringComparison.Ordinal));
        return _sound.ReplaceSyntaxTree(tree, CSharpSyntaxTree.ParseText(mutated, s_parsing, tree.FilePath));
    }
}
