namespace Streamx.Hosting.Sql.Storage;

/// <summary>Something to be done in a transaction of a store, with a result.</summary>
/// <param name="run">
/// Does it. Refuses with a <see cref="TransportException"/> or an <see cref="ArgumentException"/>, before it has changed anything: other
/// calls share its transaction.
/// </param>
/// <param name="onCommitted">Called on the store's thread once it is committed; null for nothing.</param>
/// <typeparam name="T">The result.</typeparam>
internal sealed class SqlCall<T>(Func<SqlTransaction, T> run, Action<T>? onCommitted) : SqlCall
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;
    private Exception? _refusal;

    /// <summary>Ends once it is committed.</summary>
    internal Task<T> Task => _done.Task;

    /// <inheritdoc/>
    internal override void Run(SqlTransaction transaction)
    {
        (_result, _refusal) = (default, null);
        try
        {
            _result = run(transaction);
        }
        catch (Exception refusal) when (refusal is TransportException or ArgumentException)
        {
            _refusal = refusal;
        }
    }

    /// <inheritdoc/>
    internal override void Complete()
    {
        if (_refusal is not null)
        {
            _done.TrySetException(_refusal);
            return;
        }

        onCommitted?.Invoke(_result!);
        _done.TrySetResult(_result!);
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error) => _done.TrySetException(error);
}
