namespace Streamx.Hosting.Sql.Storage;

/// <content>Reading what is committed, while another program may have the lock of the store.</content>
internal sealed partial class SqlStore
{
    /// <summary>What is to be read, which waits for no lock of the store. Guarded by the lock.</summary>
    private readonly Queue<SqlCall> _reads = [];

    /// <summary>Has something read, as it is committed. That waits for no transaction of another program.</summary>
    /// <exception cref="TransportException">The store cannot be read any more: the sessions on it are over.</exception>
    internal async Task<T> ReadAsync<T>(Func<Database, T> read, CancellationToken cancellationToken)
    {
        var call = new SqlCall<T>(view => read(view.Database), onCommitted: null);
        Add(call, _reads.Enqueue);
        return await call.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Answers what waits. For the store's thread.</summary>
    private void AnswerReads()
    {
        while (true)
        {
            SqlCall? read;
            lock (_lock)
            {
                if (!_reads.TryPeek(out read)) return;
            }

            // One that fails ends the connection, and all of them with it.
            read.Run(new SqlTransaction(Database, _processes, Now, _unlockedSince));
            lock (_lock) _reads.Dequeue();
            read.Complete();
        }
    }
}
