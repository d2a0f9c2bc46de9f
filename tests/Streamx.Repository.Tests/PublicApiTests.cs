using System.Reflection;
using PublicApiGenerator;

namespace Streamx.Repository.Tests;

/// <summary>The public surface of each package is what its recorded file says: nothing changes unnoticed.</summary>
public class PublicApiTests
{
    public static TheoryData<string> Packages => ["Streamx", "Streamx.Hosting", "Streamx.Hosting.OpenTelemetry", "Streamx.Hosting.RabbitMQ", "Streamx.Hosting.Sqlite", "Streamx.Hosting.Testing", "Streamx.Hosting.Dashboard"];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Package_HasTheRecordedSurface(string package)
    {
        var surface = Assembly.Load(package).GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false });

        RecordedFile.AssertSays($"src/{package}/PublicApi.txt", surface.ReplaceLineEndings("\n") + "\n");
    }

    [Fact]
    public void Types_NamesWithAndWithoutTheX_AreToldApartByMoreThanThat()
    {
        var names = Packages.SelectMany(package => Assembly.Load(package.Data).GetTypes()).Where(type => !type.IsNested).Select(type => type.Name).ToList();

        var pairs = names.Where(name => name.Contains("Streamx") && names.Contains(name.Replace("Streamx", "Stream")));

        Assert.Empty(pairs);
    }
}
