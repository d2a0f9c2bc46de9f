using System.Runtime.InteropServices;
using SQLitePCL;

namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>A parameter of a statement.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct SqlValue
{
    private readonly long? _number;
    private readonly string? _text;
    private readonly ReadOnlyMemory<byte>? _bytes;

    private SqlValue(long? number, string? text, ReadOnlyMemory<byte>? bytes) => (_number, _text, _bytes) = (number, text, bytes);

    /// <summary>A number, or null.</summary>
    public static implicit operator SqlValue(long? number) => new(number, text: null, bytes: null);

    /// <summary>A number.</summary>
    public static implicit operator SqlValue(long number) => new(number, text: null, bytes: null);

    /// <summary>A text, or null.</summary>
    public static implicit operator SqlValue(string? text) => new(number: null, text, bytes: null);

    /// <summary>Bytes.</summary>
    public static implicit operator SqlValue(ReadOnlyMemory<byte> bytes) => new(number: null, text: null, bytes);

    /// <summary>Binds it.</summary>
    /// <returns>The result of SQLite.</returns>
    internal int Bind(sqlite3_stmt statement, int index)
    {
        if (_number is { } number) return raw.sqlite3_bind_int64(statement, index, number);
        if (_text is not null) return raw.sqlite3_bind_text(statement, index, _text);
        return _bytes is { } bytes ? raw.sqlite3_bind_blob(statement, index, bytes.Span) : raw.sqlite3_bind_null(statement, index);
    }
}
