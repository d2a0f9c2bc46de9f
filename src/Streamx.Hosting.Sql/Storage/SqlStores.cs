namespace Streamx.Hosting.Sql.Storage;

/// <summary>
/// The stores that the streams of a container use: streams with the same settings share one connection. Safe from any thread.
/// </summary>
/// <param name="clock">The clock.</param>
internal sealed class SqlStores(TimeProvider clock) : IAsyncDisposable, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<StoreSettings, SqlStore> _stores = [];

    /// <summary>Every connection that is not closed yet.</summary>
    private readonly HashSet<SqlStore> _open = [];

    /// <summary>The ids that this process had in each store, on connections that broke: their sessions are over.</summary>
    private readonly Dictionary<StoreSettings, List<long>> _former = [];

    /// <inheritdoc/>
    /// <remarks>Waits until the stores are closed, so that their logs are gone when the program ends.</remarks>
    public async ValueTask DisposeAsync() => await Task.WhenAll(CloseAll()).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => CloseAll();

    /// <summary>Opens a store for a stream, or takes part in the connection that there is. The stream releases it.</summary>
    /// <exception cref="TransportException">It cannot be used.</exception>
    internal async Task<SqlStore> OpenAsync(StoreSettings settings, SqlTransport transport, CancellationToken cancellationToken)
    {
        SqlStore store;
        lock (_lock)
        {
            if (!_stores.TryGetValue(settings, out store!) || !store.TryUse(transport))
            {
                _stores[settings] = store = new SqlStore(
                    settings, clock, [.. _former.GetValueOrDefault(settings) ?? []], transport, OnOver);
                _open.Add(store);
            }
        }

        try
        {
            await store.WhenOpened.WaitAsync(cancellationToken).ConfigureAwait(false);
            return store;
        }
        catch
        {
            store.Release(transport);
            throw;
        }

        void OnOver(SqlStore over)
        {
            lock (_lock)
            {
                _open.Remove(over);
                if (_stores.TryGetValue(settings, out var known) && known == over) _stores.Remove(settings);
                if (!_former.TryGetValue(settings, out var former)) _former[settings] = former = [];
                // At most a few: one for each connection that broke.
                former.Add(over.ProcessId);
                if (former.Count > 16) former.RemoveAt(0);
            }
        }
    }

    private Task[] CloseAll()
    {
        SqlStore[] open;
        lock (_lock) open = [.. _open];
        return Array.ConvertAll(open, store => store.CloseAsync());
    }
}
