namespace Streamx.Hosting.Sqlite.Tests.Options;

/// <summary>What the README says for administrators and about settings.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Script_IsTheOneThatMakesTheTables()
    {
        Assert.Contains($"```sql\n{Schema.Script.ReplaceLineEndings("\n")}\n```", File.ReadAllText(Readme.Path).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_HaveARowEach()
    {
        var readme = File.ReadAllText(Readme.Path);

        Assert.All(typeof(SqliteStreamOptions).GetProperties(), option => Assert.Contains($"`{option.Name}`", readme, StringComparison.Ordinal));
    }
}
