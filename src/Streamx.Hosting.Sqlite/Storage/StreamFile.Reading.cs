namespace Streamx.Hosting.Sqlite.Storage;

/// <content>Reading what is committed, while another program may have the lock of the file.</content>
internal sealed partial class StreamFile
{
    /// <summary>What is to be read, which waits for no lock of the file. Guarded by the lock.</summary>
    private readonly Queue<FileCall> _reads = [];

    /// <summary>Has something read, as it is committed. That waits for no transaction of another program.</summary>
    /// <exception cref="TransportException">The file cannot be read any more: the sessions on it are over.</exception>
    internal async Task<T> ReadAsync<T>(Func<Database, T> read, CancellationToken cancellationToken)
    {
        var call = new FileCall<T>(view => read(view.Database), onCommitted: null);
        Add(call, _reads.Enqueue);
        return await call.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Answers what waits. For the file's thread.</summary>
    private void AnswerReads()
    {
        while (true)
        {
            FileCall? read;
            lock (_lock)
            {
                if (!_reads.TryPeek(out read)) return;
            }

            // One that fails ends the connection, and all of them with it.
            read.Run(new FileTransaction(Database, _processes, Now, _unlockedSince));
            lock (_lock) _reads.Dequeue();
            read.Complete();
        }
    }
}
