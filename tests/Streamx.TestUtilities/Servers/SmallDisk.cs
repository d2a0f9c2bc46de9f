using System.Diagnostics;

namespace Streamx.TestUtilities.Servers;

/// <summary>A file system of its own, in memory, that can be full or read-only. Needs the right to mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Makes one; skips the test where this is not allowed.</summary>
    public static SmallDisk Mount(string folder, string size)
    {
        var disk = TryMount(folder, size);
        Assert.SkipWhen(disk is null, "This user may not mount file systems.");
        return disk;
    }

    /// <summary>Makes one; null where this is not allowed. The folder is there in any case.</summary>
    public static SmallDisk? TryMount(string folder, string size)
    {
        Directory.CreateDirectory(folder);
        return Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder) ? new SmallDisk(folder) : null;
    }

    /// <summary>Has it take no writes, or take them again.</summary>
    public void SetReadOnly(bool isReadOnly) => Assert.True(Run("mount", "-o", isReadOnly ? "remount,ro" : "remount,rw", Folder));

    public void Dispose() => Run("umount", "-l", Folder);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
