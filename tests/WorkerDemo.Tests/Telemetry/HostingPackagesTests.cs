using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Telemetry;

/// <summary>Either value of <c>HostingPackages</c> compiles, also where the feed lacks the packages of the one.</summary>
public class HostingPackagesTests
{
    /// <summary>What the project file adds to every source file.</summary>
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; " +
        "global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>Who calls the file that differs, and what they need.</summary>
    private static readonly string[] s_callers =
    [
        "Telemetry/Telemetry.cs", "Telemetry/Logging.cs", "Telemetry/LogOptions.cs", "Telemetry/LogFormat.cs", "Telemetry/LogLevels.cs", "Settings/SettingException.cs", "Settings/SettingKeys.cs",
        "Settings/DemoOptions.cs", "Settings/ProcessOptions.cs", "Settings/AlertOptions.cs", "Settings/SummaryOptions.cs",
    ];

    [Fact]
    public void Wiring_WithTheHostingPackages_Compiles()
    {
        Assert.Empty(Compile("Telemetry/TelemetryWiring.Hosting.cs", HostingPackages.OpenTelemetry, HostingPackages.Serilog));
    }

    [Fact]
    public void Wiring_WithTheHostingPackages_NeedsBoth()
    {
        Assert.NotEmpty(Compile("Telemetry/TelemetryWiring.Hosting.cs", HostingPackages.OpenTelemetry));
        Assert.NotEmpty(Compile("Telemetry/TelemetryWiring.Hosting.cs", HostingPackages.Serilog));
    }

    [Fact]
    public void Wiring_WithTheSdkAlone_Compiles()
    {
        Assert.Empty(Compile("Telemetry/TelemetryWiring.Sdk.cs"));
    }

    private static IEnumerable<string> Compile(string wiring, params string[] packages)
    {
        var parsing = new CSharpParseOptions(LanguageVersion.Latest);
        var sources = s_callers.Append(wiring).Select(file => File.ReadAllText(Path.Combine(Repository.Sample, file))).Append(ImplicitUsings).Concat(packages);
        // All the sample is built against, but neither the sample itself nor, if this was built with them, the packages in question.
        string[] without = ["WorkerDemo", "WorkerDemo.Tests", "OpenTelemetry.Extensions.Hosting", "Serilog.Extensions.Hosting"];
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !without.Contains(Path.GetFileNameWithoutExtension(path)))
            .Select(path => MetadataReference.CreateFromFile(path));
        return CSharpCompilation.Create(
                "Sample",
                sources.Select(source => CSharpSyntaxTree.ParseText(source, parsing)),
                references,
                new CSharpCompilationOptions(
                    OutputKind.DynamicallyLinkedLibrary,
                    nullableContextOptions: NullableContextOptions.Enable,
                    // As the SDK has it: a package may be built against an older framework than it runs on.
                    specificDiagnosticOptions: [KeyValuePair.Create("CS1701", ReportDiagnostic.Suppress)]))
            .GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)
            .Select(diagnostic => diagnostic.ToString());
    }
}
