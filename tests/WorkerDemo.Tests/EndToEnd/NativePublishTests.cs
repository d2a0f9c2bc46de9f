using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

[Trait("Length", "long")]
public class NativePublishTests
{
    [Fact]
    public async Task Publish_WarnsOfNothing()
    {
        var output = await NativePublish.Output;

        Assert.DoesNotContain(output.Split('\n'), line => line.Contains("warning", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Program_IsNative()
    {
        await NativePublish.Output;

        Assert.True(File.Exists(NativeFolder.Program));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(NativeFolder.Program)!, "*.dll"));
    }
}
