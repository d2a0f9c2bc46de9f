using System.Reflection;

namespace Streamx.Repository.Tests.Generated;

public class LogEventsPageTests
{
    private static IEnumerable<Assembly> Packages => PublicApiTests.Packages.Select(package => Assembly.Load(package.Data));

    [Fact]
    public void Page_SaysWhatIsLogged()
    {
        RecordedFile.AssertSays("docs/log-events.md", LogEventsPage.Generate(Packages));
    }

    /// <summary>Alerts and filters go by the id.</summary>
    [Fact]
    public void Events_OfACategory_HaveIdsOfTheirOwn()
    {
        Assert.All(Packages, package =>
        {
            var ids = LogEventsPage.EventsOf(package).Select(found => found.Message.EventId).ToList();
            Assert.Equal(ids.Distinct(), ids);
        });
    }
}
