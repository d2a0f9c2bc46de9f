namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>What SQL calls differently in SQLite than in other databases.</summary>
internal static class Dialect
{
    /// <summary>The greatest of several numbers.</summary>
    internal const string Greatest = "max";

    /// <summary>The least of several numbers.</summary>
    internal const string Least = "min";
}
