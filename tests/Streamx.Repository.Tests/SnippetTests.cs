using Microsoft.Extensions.DependencyInjection;
using Streamx.Repository.Tests.Snippets;

namespace Streamx.Repository.Tests;

/// <summary>The programs shown in READMEs also do what they say.</summary>
public class SnippetTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task QuickStart_RunsToItsEnd()
    {
        await QuickStart.RunAsync([]).WaitAsync(s_limit);
    }

    [Fact]
    public async Task CoreUse_GivesEveryoneEverything()
    {
        var (printed, batchSizes) = await CoreUse.RunAsync().WaitAsync(s_limit);

        Assert.Equal(Enumerable.Range(0, 100), printed);
        Assert.Equal(100, batchSizes.Sum());
        Assert.All(batchSizes, size => Assert.InRange(size, 1, 4));
    }

    [Fact]
    public void HostingUse_RegistersTheStream()
    {
        var services = new ServiceCollection();

        HostingUse.Register(services);

        using var provider = services.BuildServiceProvider();
        Assert.Equal(64, provider.GetRequiredKeyedService<AsyncStream<HostingUse.Order>>("orders").Window);
    }
}
