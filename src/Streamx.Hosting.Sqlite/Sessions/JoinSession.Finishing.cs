using System.Data.Common;

namespace Streamx.Hosting.Sqlite.Sessions;

/// <content>Finishing values in a transaction of the handler's own.</content>
internal sealed partial class JoinSession
{
    /// <summary>
    /// The marks ahead of the position when the session took over, in order: those values are not given again. For the file's thread.
    /// </summary>
    private Queue<MarkRows.Mark> _marks = new();

    /// <summary>Whether there may be marks for the position to take in.</summary>
    private volatile bool _hasMarks;

    /// <inheritdoc/>
    /// <remarks>
    /// From the mark on the transaction has the file to itself, so that no process takes the consumer over between the comparison and the
    /// commit.
    /// </remarks>
    public Task FinishInAsync(long first, long last, DbTransaction transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        try
        {
            FinishIn(first, last, transaction);
            return Task.CompletedTask;
        }
        catch (Exception error)
        {
            return Task.FromException(error);
        }
    }

    /// <inheritdoc/>
    public Task<bool> HasFinishedInAsync(long first, long last, CancellationToken cancellationToken) =>
        File.ReadAsync(database => MarkRows.AreFinished(database, _consumer, first, last), cancellationToken);

    private void FinishIn(long first, long last, DbTransaction transaction)
    {
        if (transaction is not Microsoft.Data.Sqlite.SqliteTransaction)
        {
            throw new InvalidOperationException(
                $"The transaction is one of {transaction.GetType().Namespace}; stream '{Transport.Stream}' is in the SQLite file "
                + $"'{File.Path}'.");
        }

        var connection = UserTransaction.FindConnection(transaction) ?? throw new InvalidOperationException("The transaction is over.");
        if (!UserTransaction.IsOf(connection, File.Path))
        {
            throw new InvalidOperationException(
                $"The transaction is of another file, '{connection.DataSource}'; stream '{Transport.Stream}' is in '{File.Path}'.");
        }

        _hasMarks = true;
        if (MarkRows.Write(transaction, _consumer, Id, first, last)) return;
        UserTransaction.Spoil(connection);
        throw new InvalidOperationException(
            $"{Replaced($"consumer '{_name}'").Message} The transaction cannot commit. "
            + "If the file has been deleted or replaced, open the connection again: this one still has the old one.");
    }
}
