namespace Streamx.Hosting.Sql.Sessions;

/// <summary>A place in line for the lead of a stream or for the values of a consumer, of this process.</summary>
/// <param name="transport">The stream, as this process takes part in it.</param>
/// <param name="store">The store. The session ends with it.</param>
internal abstract class SqlSession(SqlTransport transport, SqlStore store)
{
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Why it is over; null while it is not.</summary>
    private Exception? _why;

    /// <inheritdoc cref="IJoinSession.WhenLost"/>
    public Task<Exception> WhenLost => _lost.Task;

    /// <summary>The stream, as this process takes part in it.</summary>
    internal SqlTransport Transport => transport;

    /// <summary>The store.</summary>
    internal SqlStore Store => store;

    /// <summary>Its id in the store; zero before it is in line. For the store's thread.</summary>
    internal long Id { get; set; }

    /// <summary>The stream in the store; null before it is in line. For the store's thread.</summary>
    internal LocalStream? State { get; set; }

    /// <summary>Whether it holds, rather than wait in line.</summary>
    internal bool IsHolder { get; private protected set; }

    /// <summary>Whether it is over, as far as this process knows.</summary>
    internal bool IsOver => _lost.Task.IsCompleted;

    /// <summary>Why a call on a session that is over fails.</summary>
    private protected TransportException Refused => Refusal(_why!);

    /// <summary>It is over.</summary>
    /// <param name="why">Why.</param>
    internal void Lose(Exception why)
    {
        if (Interlocked.CompareExchange(ref _why, why, null) is not null) return;
        _lost.TrySetResult(why);
        OnLost(why);
    }

    /// <summary>Ends once it is in line, or it is certain that it will not be.</summary>
    internal Task Entering { get; private protected set; } = Task.CompletedTask;

    /// <summary>Whether it may take over.</summary>
    internal abstract bool MayTakeOver(SqlTransaction view);

    /// <summary>Takes over if it may.</summary>
    /// <returns>What is to be done once that is committed; null if it may not.</returns>
    internal abstract Action? TryTakeOver(SqlTransaction transaction);

    /// <summary>Writes what it has collected. The transaction may be undone and tried again.</summary>
    internal abstract void Write(SqlTransaction transaction);

    /// <summary>What it wrote is committed.</summary>
    internal abstract void OnCommitted();

    /// <summary>It is over. Called once, from any thread.</summary>
    private protected abstract void OnLost(Exception why);

    /// <summary>What a session is told that another one has replaced.</summary>
    private protected TransportException Replaced(string what) =>
        new($"Another process has taken over {what} of stream '{transport.Stream}'.");

    /// <summary>Why the session is over, for a call on it.</summary>
    private protected static TransportException Refusal(Exception why) => new(ErrorText.Of(why), why);
}
