using System.Data.Common;

namespace Streamx.Hosting.Sql.Sessions;

/// <content>Finishing values in a transaction of the handler's own.</content>
internal sealed partial class JoinSession
{
    /// <summary>
    /// The marks ahead of the position when the session took over, in order: those values are not given again. For the store's thread.
    /// </summary>
    private Queue<MarkRows.Mark> _marks = new();

    /// <summary>Whether there may be marks for the position to take in.</summary>
    private volatile bool _hasMarks;

    /// <inheritdoc/>
    /// <remarks>
    /// From the mark on no process takes the consumer over before the transaction is over: no other commits between the comparison and
    /// the commit.
    /// </remarks>
    public async Task FinishInAsync(long first, long last, DbTransaction transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        cancellationToken.ThrowIfCancellationRequested();
        UserTransaction.EnsureUsable(transaction, Transport.Stream, Store.Settings);
        _hasMarks = true;
        if (await UserTransaction.MarkAsync(
            transaction, Store.Settings, new(first, last), _consumer, Id, cancellationToken).ConfigureAwait(false)) return;
        throw new InvalidOperationException(
            $"{Replaced($"consumer '{_name}'").Message} The transaction cannot commit. {UserTransaction.ReplacedHint}".TrimEnd());
    }

    /// <inheritdoc/>
    public Task<bool> HasFinishedInAsync(long first, long last, CancellationToken cancellationToken) =>
        Store.ReadAsync(database => MarkRows.AreFinished(database, _consumer, first, last), cancellationToken);
}
