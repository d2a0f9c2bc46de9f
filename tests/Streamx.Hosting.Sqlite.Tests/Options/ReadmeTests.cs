namespace Streamx.Hosting.Sqlite.Tests.Options;

/// <summary>What the README says for administrators and about settings.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Script_IsTheOneThatMakesTheTables()
    {
        var script = $"```sql\nbegin immediate;\n\n{Schema.Script.ReplaceLineEndings("\n")}\n\ncommit;\n```";
        Assert.Contains(script, File.ReadAllText(Readme.Path).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_HaveARowEach()
    {
        var readme = File.ReadAllText(Readme.Path);

        Assert.All(typeof(SqliteStreamOptions).GetProperties(), option => Assert.Contains($"`{option.Name}`", readme, StringComparison.Ordinal));
    }
}
