namespace Streamx.Hosting.Sqlite;

/// <summary>The names of the metrics of streams in a database, beside the metrics of streams. Times are in seconds.</summary>
public static class StreamxSqlTelemetry
{
    /// <summary>The meter.</summary>
    public const string MeterName = "Streamx.Hosting.Sql";

    /// <summary>How long it took to store what was put together; with <c>error.type</c> if it was not stored.</summary>
    public const string AppendDuration = "streamx.sql.append.duration";

    /// <summary>How long it took to store a consumer's position after it had finished a value.</summary>
    public const string PositionDuration = "streamx.sql.position.duration";

    /// <summary>How many values of a stream went into one commit.</summary>
    public const string AppendValues = "streamx.sql.append.values";

    /// <summary>How many values the database keeps. In the process that leads.</summary>
    public const string Kept = "streamx.sql.kept";
}
