using Microsoft.Win32.SafeHandles;

namespace WorkerDemo;

/// <summary>An open file, how far it has been read, and enough of what was read to recognise it.</summary>
/// <remarks>
/// A file is taken for this one when it is at least as long as what was read here and has the same first and last read bytes, up to
/// 1 KB each. So two files with the same content are one; log files differ in their timestamps.
/// </remarks>
internal sealed class FollowedFile : IDisposable
{
    /// <summary>How many bytes are compared at the beginning, and at the position.</summary>
    private const int FingerprintSize = 1024;

    /// <summary>The file, whatever its name is by now.</summary>
    private readonly SafeFileHandle _handle;

    /// <summary>How far it has been read.</summary>
    private long _position;

    /// <summary>The first bytes.</summary>
    private byte[] _head = [];

    /// <summary>The bytes before the position.</summary>
    private byte[] _tail = [];

    private FollowedFile(SafeFileHandle handle) => _handle = handle;

    /// <summary>Opens a file that others may write to, rename and delete meanwhile; null when there is none, or none that can be opened now.</summary>
    internal static FollowedFile? TryOpen(string path)
    {
        try
        {
            return new FollowedFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads on.</summary>
    /// <returns>How many bytes; 0 at the present end, and when the file has been rewritten meanwhile.</returns>
    internal async ValueTask<int> ReadAsync(Memory<byte> chunk, CancellationToken cancellationToken)
    {
        var count = await RandomAccess.ReadAsync(_handle, chunk, _position, cancellationToken);
        // Checked after the read: bytes of a file that was rewritten just before it begin in the middle of something else.
        if (count == 0 || IsRewritten()) return 0;
        _position += count;
        if (_head.Length < FingerprintSize) _head = [.. _head, .. chunk.Span[..Math.Min(count, FingerprintSize - _head.Length)]];
        _tail = chunk.Span[Math.Max(0, count - FingerprintSize)..count].ToArray();
        return count;
    }

    /// <summary>Whether what was read is not in the file any more: it was truncated, and perhaps has grown again.</summary>
    internal bool IsRewritten() => !IsIn(_handle);

    /// <summary>Goes back to the beginning of a file that was rewritten.</summary>
    internal void Rewind()
    {
        _position = 0;
        _head = [];
        _tail = [];
    }

    /// <summary>The file that has taken this one's name; null while none has.</summary>
    internal FollowedFile? TryOpenReplacement(string path)
    {
        var other = TryOpen(path);
        if (other is null) return null;
        // In this order: the same file cannot be shorter when it is looked at later, unless it was rewritten in between.
        var otherLength = RandomAccess.GetLength(other._handle);
        var isSame = IsIn(other._handle) && RandomAccess.GetLength(_handle) >= otherLength;
        if (!isSame && IsIn(_handle)) return other;
        other.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private bool IsIn(SafeFileHandle file) =>
        RandomAccess.GetLength(file) >= _position && Has(file, _head, offset: 0) && Has(file, _tail, _position - _tail.Length);

    private static bool Has(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        Span<byte> found = stackalloc byte[FingerprintSize];
        found = found[..bytes.Length];
        for (var count = 0; count < found.Length;)
        {
            var read = RandomAccess.Read(file, found[count..], offset + count);
            if (read == 0) return false;
            count += read;
        }

        return found.SequenceEqual(bytes);
    }
}
