using System.Buffers;
using System.Text;

namespace WorkerDemo;

/// <summary>Makes lines of UTF-8 chunks that end anywhere. Lines end with LF or CRLF.</summary>
internal sealed class LineSplitter(int maxLineBytes = LineSplitter.DefaultMaxLineBytes)
{
    /// <summary>Longer lines are cut into pieces: an input without line ends must not fill the memory.</summary>
    internal const int DefaultMaxLineBytes = 1024 * 1024;

    /// <summary>The line that has begun, its end being still to come.</summary>
    private readonly ArrayBufferWriter<byte> _begun = new();

    /// <summary>Whether the next line is the first, which may begin with a byte order mark.</summary>
    private bool _isFirst = true;

    /// <summary>The lines that end in this chunk. Enumerate them all before the next call.</summary>
    internal IEnumerable<string> Split(ReadOnlyMemory<byte> chunk)
    {
        while (!chunk.IsEmpty)
        {
            var end = chunk.Span.IndexOf((byte)'\n');
            var room = maxLineBytes - _begun.WrittenCount;
            var isComplete = end >= 0 && end <= room;
            var taken = isComplete ? end : Math.Min(chunk.Length, room);
            _begun.Write(chunk.Span[..taken]);
            chunk = chunk[(isComplete ? taken + 1 : taken)..];
            if (isComplete || _begun.WrittenCount >= maxLineBytes) yield return Take();
        }
    }

    /// <summary>What has begun and will not be continued; null when nothing has.</summary>
    internal string? End()
    {
        var last = _begun.WrittenCount > 0 ? Take() : null;
        _isFirst = true;
        return last;
    }

    private string Take()
    {
        var line = _begun.WrittenSpan;
        if (_isFirst && line.StartsWith(Encoding.UTF8.Preamble)) line = line[Encoding.UTF8.Preamble.Length..];
        if (line.EndsWith("\r"u8)) line = line[..^1];
        _isFirst = false;
        var text = Encoding.UTF8.GetString(line);
        _begun.ResetWrittenCount();
        return text;
    }
}
