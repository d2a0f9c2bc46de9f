using System.Reflection;

namespace Streamx.Repository.Tests.Generated;

public class SettingsPageTests
{
    private const string Page = "docs/settings.md";

    [Fact]
    public void Page_SaysWhatTheOptionsAre()
    {
        RecordedFile.AssertSays(Page, SettingsPage.Generate());
    }

    /// <summary>A new class of options, or a new base class of one, is not forgotten.</summary>
    [Fact]
    public void Page_HasEveryPropertyOfEveryOptionsClass()
    {
        var page = SettingsPage.Generate();

        var classes = PublicApiTests.Packages.SelectMany(package => Assembly.Load(package.Data).GetExportedTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal))
            .Where(type => type != typeof(Hosting.RetryOptions));

        Assert.All(classes.SelectMany(type => type.GetProperties().Select(property => (type, property))), setting =>
        {
            var (type, property) = setting;
            string?[] rows = [$"`{type.Name}.{property.Name}", type.BaseType == property.DeclaringType ? $"`{type.BaseType!.Name}.{property.Name}" : null];
            Assert.True(rows.Any(row => row is not null && page.Contains(row, StringComparison.Ordinal)), rows[0]);
        });
    }

    /// <summary>A number or a duration without limits is set by mistake sooner or later: its validator states the range.</summary>
    [Fact]
    public void Page_HasARangeForEveryNumberAndDurationOfTheConfiguration()
    {
        var rows = SettingsPage.Generate().Split('\n').Where(line => line.StartsWith("| `Streamx", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();

        var bounded = rows.Where(row => row[3] is "number" or "duration").ToList();
        Assert.NotEmpty(bounded);
        Assert.All(bounded, row => Assert.True(row[5].Length > 0, $"{row[1]} has no range."));
    }
}
