namespace Streamx.Hosting.Sql.Sessions;

/// <summary>What a stream has at a number: a value, its end, or numbers that no value ever gets.</summary>
/// <param name="Sequence">The number.</param>
/// <param name="First">The first of the numbers, where no value gets them; the number otherwise.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Epoch">The epoch it was appended under.</param>
/// <param name="Ends">How many ends had been decided.</param>
/// <param name="Body">The value.</param>
/// <param name="ContentType">How it is written.</param>
/// <param name="TraceParent">What the trace goes on with.</param>
/// <param name="IsRepeated">Whether it was appended again.</param>
internal sealed record StoredValue(
    long Sequence, long First, StoredKind Kind, long Epoch, long Ends, ReadOnlyMemory<byte> Body, string? ContentType, string? TraceParent,
    bool IsRepeated)
{
    /// <summary>Selects what is behind a number of a stream.</summary>
    internal const string Select = """
        select sequence, first, kind, epoch, ends, body, content_type, trace_parent, is_repeated
        from streamx_values where stream = ? and sequence > ? order by sequence
        """;

    private const string Insert = """
        insert into streamx_values (stream, sequence, first, kind, epoch, ends, body, content_type, trace_parent, is_repeated, appended_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;

    /// <summary>Reads a row.</summary>
    internal static StoredValue Read(Statement rows) => new(
        rows.Number(0), rows.Number(1), (StoredKind)rows.Number(2), rows.Number(3), rows.Number(4), rows.Bytes(5), rows.Text(6),
        rows.Text(7), rows.Number(8) != 0);

    /// <summary>Writes it.</summary>
    internal void Write(Database database, long stream, long wallNow) => database.Execute(
        Insert, stream, Sequence, First, (long)Kind, Epoch, Ends, Body, ContentType, TraceParent, IsRepeated ? 1L : 0L, wallNow);
}
