using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>Which file is at a path: by device and inode on Linux. Elsewhere only whether there is one.</summary>
/// <param name="Device">The device.</param>
/// <param name="Inode">The inode.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly partial record struct FileIdentity(ulong Device, ulong Inode)
{
    private const int CurrentFolder = -100;
    private const uint InodeMask = 0x100;

    /// <summary>False once the system's C library has turned out to have no <c>statx</c>.</summary>
    private static volatile bool s_hasStatx = OperatingSystem.IsLinux();

    /// <summary>The file at a path, after symbolic links; null for none.</summary>
    internal static FileIdentity? Of(string path)
    {
        try
        {
            if (s_hasStatx) return OfStatx(path);
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            s_hasStatx = false;
        }

        return File.Exists(path) ? default(FileIdentity) : null;
    }

    private static FileIdentity? OfStatx(string path)
    {
        // Unlike that of stat, the layout is the same on every architecture.
        Span<byte> result = stackalloc byte[256];
        if (Statx(CurrentFolder, path, flags: 0, InodeMask, ref MemoryMarshal.GetReference(result)) != 0) return null;
        return new FileIdentity(Number(result[136..]), Number(result[32..]));

        static ulong Number(ReadOnlySpan<byte> bytes) =>
            BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte result);
}
