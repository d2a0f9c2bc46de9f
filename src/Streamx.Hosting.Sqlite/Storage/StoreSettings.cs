namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>How a file is used. Streams of one container with the same settings share the file's connection.</summary>
/// <param name="Path">The full path of the file.</param>
/// <param name="Synchronous">When a commit is on the disk.</param>
/// <param name="CreateSchema">Whether missing tables are created.</param>
/// <param name="Lease">How long a process that does not renew its lease keeps its sessions.</param>
/// <param name="Timeout">How long a lock of another program is borne before that is reported.</param>
/// <param name="RetryDelay">The shortest wait before a transaction is tried again that the file did not take.</param>
/// <param name="MaxRetryDelay">The longest wait.</param>
internal sealed record StoreSettings(
    string Path, SqliteSynchronous Synchronous, bool CreateSchema, TimeSpan Lease, TimeSpan Timeout, TimeSpan RetryDelay,
    TimeSpan MaxRetryDelay)
{
    /// <summary>The setting that says where a stream is kept.</summary>
    internal static string NameOf(string stream) => SqliteOptionsValidator.PathOf(stream, nameof(SqliteStreamOptions.Path));

    /// <summary>The settings of a stream.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="contentRoot">What a relative path is relative to.</param>
    internal static StoreSettings Of(SqliteStreamOptions options, string contentRoot) => new(
        System.IO.Path.GetFullPath(options.Path!, contentRoot),
        options.Synchronous,
        options.CreateSchema,
        options.Lease,
        options.Timeout,
        options.ReconnectDelay,
        options.MaxReconnectDelay);
}
