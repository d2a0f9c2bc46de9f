using WorkerDemo.Tests.Kubernetes;

namespace WorkerDemo.Tests.Support;

/// <summary>The sample, published with <c>PublishAot</c> as its README says, once in a run, when the first test asks for it.</summary>
internal static class NativePublish
{
    /// <summary>Compiling everything takes a minute of a quiet machine.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>What the tool printed, when it has ended.</summary>
    internal static Task<string> Output { get; } = PublishAsync();

    private static async Task<string> PublishAsync()
    {
        // What is compiled again says its warnings again; what is there from an earlier run would hide them.
        if (Directory.Exists(NativeFolder.Root)) Directory.Delete(NativeFolder.Root, recursive: true);
        string[] publish =
        [
            "publish", Repository.Sample, "-c", "Release", "--use-current-runtime", "-p:PublishAot=true", "-p:UseSharedCompilation=false", "-nodeReuse:false",
            "-v", "quiet", "-nologo", "--artifacts-path", NativeFolder.Build, "-o", Path.GetDirectoryName(NativeFolder.Program)!,
        ];
        var (exitCode, output, error) = await Tool.RunAsync(WorkerProgram.Managed.Command[0], publish, Repository.Sample, limit: s_limit);
        Assert.True(exitCode == 0, output + error);
        return output + error;
    }
}
