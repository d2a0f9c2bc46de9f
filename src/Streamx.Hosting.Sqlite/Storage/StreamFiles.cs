namespace Streamx.Hosting.Sqlite.Storage;

/// <summary>
/// The files that the streams of a container use: streams with the same settings share one connection. Safe from any thread.
/// </summary>
/// <param name="clock">The clock.</param>
internal sealed class StreamFiles(TimeProvider clock) : IAsyncDisposable, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<FileSettings, StreamFile> _files = [];

    /// <summary>Every connection that is not closed yet.</summary>
    private readonly HashSet<StreamFile> _open = [];

    /// <summary>The ids that this process had in each file, on connections that broke: their sessions are over.</summary>
    private readonly Dictionary<FileSettings, List<long>> _former = [];

    /// <inheritdoc/>
    /// <remarks>Waits until the files are closed, so that their logs are gone when the program ends.</remarks>
    public async ValueTask DisposeAsync() => await Task.WhenAll(CloseAll()).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => CloseAll();

    /// <summary>Opens a file for a stream, or takes part in the connection that there is. The stream releases it.</summary>
    /// <exception cref="TransportException">It cannot be used.</exception>
    internal async Task<StreamFile> OpenAsync(FileSettings settings, SqliteTransport transport, CancellationToken cancellationToken)
    {
        StreamFile file;
        lock (_lock)
        {
            if (!_files.TryGetValue(settings, out file!) || !file.TryUse(transport))
            {
                _files[settings] = file = new StreamFile(
                    settings, clock, [.. _former.GetValueOrDefault(settings) ?? []], transport, OnOver);
                _open.Add(file);
            }
        }

        try
        {
            await file.WhenOpened.WaitAsync(cancellationToken).ConfigureAwait(false);
            return file;
        }
        catch
        {
            file.Release(transport);
            throw;
        }

        void OnOver(StreamFile over)
        {
            lock (_lock)
            {
                _open.Remove(over);
                if (_files.TryGetValue(settings, out var known) && known == over) _files.Remove(settings);
                if (!_former.TryGetValue(settings, out var former)) _former[settings] = former = [];
                // At most a few: one for each connection that broke.
                former.Add(over.ProcessId);
                if (former.Count > 16) former.RemoveAt(0);
            }
        }
    }

    private Task[] CloseAll()
    {
        StreamFile[] open;
        lock (_lock) open = [.. _open];
        return Array.ConvertAll(open, file => file.CloseAsync());
    }
}
