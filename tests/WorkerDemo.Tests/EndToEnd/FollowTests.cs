using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

public abstract class FollowTests(WorkerProgram program) : ProgramTests(program)
{
    public sealed class Managed() : FollowTests(WorkerProgram.Managed);

    public sealed class Native() : FollowTests(WorkerProgram.Native);

    [Fact]
    public async Task Follow_AcrossGrowthRotationAndTruncation_SeesEveryLine()
    {
        using var folder = new TempFolder();
        var log = folder.File("app.log");
        using var worker = Start(
            folder, "--input", log, "--follow", "--set", "WorkerDemo:FollowInterval=00:00:00.050", "--set", "WorkerDemo:Summary:Interval=00:00:00.100");

        await worker.WaitForLineAsync(line => line.Contains("starts with window", StringComparison.Ordinal));
        await File.WriteAllTextAsync(log, "created\n");
        await SeenAsync("created");
        await File.AppendAllTextAsync(log, "gro");
        await File.AppendAllTextAsync(log, "wn\nnot yet ");
        await SeenAsync("grown");
        await File.AppendAllTextAsync(log, "ended\n");
        File.Move(log, folder.File("app.log.1"));
        await File.WriteAllTextAsync(log, "rotated\n");
        await SeenAsync("rotated");
        await File.WriteAllTextAsync(log, "cut\n");
        await SeenAsync("cut");
        await EndAsync();

        Assert.Equal(["created", "grown", "not yet ended", "rotated", "cut"], folder.Messages());

        Task SeenAsync(string text) => worker.WaitForLineAsync(line => line.EndsWith($"Line          {text}", StringComparison.Ordinal));

        async Task EndAsync()
        {
            Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
            await worker.TerminateAsync();
            (await worker.WaitForExitAsync()).AssertExitCode(0);
        }
    }
}
