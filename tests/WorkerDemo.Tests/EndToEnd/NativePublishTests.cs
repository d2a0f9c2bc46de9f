using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

[Trait("Length", "long")]
public class NativePublishTests
{
    [Fact]
    public async Task Publish_WarnsOfSerilogAlone()
    {
        var output = await NativePublish.Output;

        var warnings = output.Split('\n').Where(line => line.Contains("warning", StringComparison.OrdinalIgnoreCase)).Distinct();
        Assert.Contains("warning IL2104: Assembly 'Serilog' produced trim warnings.", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_IsNative()
    {
        await NativePublish.Output;

        Assert.True(File.Exists(NativeFolder.Program));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(NativeFolder.Program)!, "*.dll"));
    }
}
