using System.Reflection;
using PublicApiGenerator;

namespace Streamx.Repository.Tests;

/// <summary>The public surface of each package is what its recorded file says: nothing changes unnoticed.</summary>
public class PublicApiTests
{
    /// <summary>Set to 1 to write the files instead of comparing with them.</summary>
    private const string RecordVariable = "STREAMX_RECORD_API";

    public static TheoryData<string> Packages => ["Streamx", "Streamx.Hosting", "Streamx.Hosting.OpenTelemetry", "Streamx.Hosting.RabbitMQ", "Streamx.Hosting.Sqlite", "Streamx.Hosting.Testing", "Streamx.Hosting.Dashboard"];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Package_HasTheRecordedSurface(string package)
    {
        var path = Path.Combine(Repository.Root, "src", package, "PublicApi.txt");
        var actual = Assembly.Load(package).GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n") + "\n";

        if (Environment.GetEnvironmentVariable(RecordVariable) == "1") File.WriteAllText(path, actual);

        Assert.True(File.Exists(path), $"{path} is missing: run this test with {RecordVariable}=1 and read what it wrote.");
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), actual);
    }

    [Fact]
    public void Types_NamesWithAndWithoutTheX_AreToldApartByMoreThanThat()
    {
        var names = Packages.SelectMany(package => Assembly.Load(package.Data).GetTypes()).Where(type => !type.IsNested).Select(type => type.Name).ToList();

        var pairs = names.Where(name => name.Contains("Streamx") && names.Contains(name.Replace("Streamx", "Stream")));

        Assert.Empty(pairs);
    }
}
