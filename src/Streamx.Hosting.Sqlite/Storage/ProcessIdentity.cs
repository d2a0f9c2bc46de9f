using System.Globalization;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>What distinguishes a process from every other one of the machine, and by what other processes see that it has ended.</summary>
/// <param name="Boot">
/// The start of the machine: what its monotonic clock says means nothing after another one. Empty where it is not known.
/// </param>
/// <param name="Space">The space in which the process id is unique, such as a container. Empty where it is not known.</param>
/// <param name="Pid">The process id.</param>
/// <param name="Started">When the process started, in the system's own terms: process ids are used again.</param>
internal sealed record ProcessIdentity(string Boot, string Space, long Pid, string Started)
{
    /// <summary>How far apart, in seconds, two readings of one start may be: the system counts it back by a clock that is set.</summary>
    private const long BootTimeDrift = 60;

    /// <summary>This process.</summary>
    internal static ProcessIdentity Current { get; } = new(
        BootOf(), SpaceOf(), Environment.ProcessId, StartOf(Environment.ProcessId) ?? "");

    /// <summary>Whether the process has certainly ended. False where this cannot be known, as from another container.</summary>
    internal bool HasEnded
    {
        get
        {
            if (Boot.Length == 0 || Current.Boot.Length == 0) return false;
            // A container may have an id of its own for the start of the machine: then the lease decides.
            if (IdOf(Boot) != IdOf(Current.Boot)) return Math.Abs(TimeOf(Boot) - TimeOf(Current.Boot)) > BootTimeDrift;
            if (Space.Length == 0 || Space != Current.Space) return false;
            try
            {
                // Says that a process of another user is there, too, which a look into /proc may not.
                using var process = System.Diagnostics.Process.GetProcessById((int)Pid);
            }
            catch (ArgumentException)
            {
                return true;
            }

            // Z: it was killed, and its parent has not asked for its exit code yet.
            return StartOf(Pid) is { } started && (started.Length == 0 || started != Started);
        }
    }

    /// <summary>The start of a process; empty if it has ended and is only remembered; null if that cannot be read.</summary>
    private static string? StartOf(long pid)
    {
        var line = Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        // The name, in parentheses, may contain anything.
        var fields = line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 20) return null;
        return fields[0] is "Z" or "X" ? "" : fields[19];
    }

    /// <summary>The id of the machine's start, and when that was, in seconds since 1970.</summary>
    private static string BootOf()
    {
        var id = Read("/proc/sys/kernel/random/boot_id").Trim();
        var time = Read("/proc/stat").Split('\n').FirstOrDefault(line => line.StartsWith("btime ", StringComparison.Ordinal));
        return id.Length == 0 || time is null ? id : $"{id} {time["btime ".Length..]}";
    }

    private static string IdOf(string boot) => boot.Split(' ')[0];

    private static long TimeOf(string boot) =>
        boot.Split(' ') is [_, var time] && long.TryParse(time, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;

    private static string SpaceOf()
    {
        try
        {
            return OperatingSystem.IsLinux() ? new FileInfo("/proc/self/ns/pid").LinkTarget ?? "" : "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Read(string path)
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText(path) : "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
