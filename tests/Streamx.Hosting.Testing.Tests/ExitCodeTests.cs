namespace Streamx.Hosting.Testing.Tests;

/// <summary>The exit code is the process's, so nothing else runs meanwhile.</summary>
[Collection(nameof(ExitCodeTests))]
[CollectionDefinition(nameof(ExitCodeTests), DisableParallelization = true)]
public class ExitCodeTests
{
    [Fact]
    public async Task Dispose_AfterAFault_PutsTheExitCodeBack()
    {
        int during;
        await using (var harness = new StreamxHarness(builder => builder.Services.AddStreamx<int>().AddConsumer<Handler>()))
        {
            harness.Stream<int>().Consumer<Handler>().FailNext(new FormatException("no ink"));
            await harness.StartAsync();
            await harness.Stream<int>().PutAsync(1);
            await harness.WaitForEndAsync();
            during = Environment.ExitCode;
        }

        Assert.Equal((1, 0), (during, Environment.ExitCode));
    }
}
