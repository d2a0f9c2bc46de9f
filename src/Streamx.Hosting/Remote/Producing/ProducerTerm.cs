namespace Streamx.Hosting.Remote.Producing;

/// <summary>A leader term as one run of a producer has it: the bookmark, and the end of the run if it resumes its source.</summary>
/// <remarks>Safe from any thread.</remarks>
internal sealed class ProducerTerm : IDisposable
{
    private readonly LeaderTerm _term;
    private readonly Action<Exception> _onCallbackFailed;

    /// <summary>Cancelled when the producer is to stop, and when the term of a bound run is over. Its token may outlive the run.</summary>
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _stopping;

    /// <summary>Ends with the run.</summary>
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>1 once the run is bound to the term.</summary>
    private int _isBound;

    /// <inheritdoc cref="Bookmark"/>
    private volatile string? _bookmark;

    /// <summary>Whether a put has been refused since the term is over.</summary>
    private volatile bool _hasRefused;

    /// <summary>A run begins.</summary>
    /// <param name="producer">The producer's name.</param>
    /// <param name="term">The term.</param>
    /// <param name="bookmark">The bookmark that was stored when the term began; null for none.</param>
    /// <param name="onCallbackFailed">Called with what a callback on the token throws.</param>
    /// <param name="stoppingToken">Cancelled when the producer is to stop.</param>
    internal ProducerTerm(
        string producer, LeaderTerm term, string? bookmark, Action<Exception> onCallbackFailed, CancellationToken stoppingToken)
    {
        (Producer, _term, _bookmark, _onCallbackFailed) = (producer, term, bookmark, onCallbackFailed);
        _stopping = stoppingToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _stop);
    }

    /// <summary>The producer's name.</summary>
    internal string Producer { get; }

    /// <summary>The bookmark that has been stored last; null for none.</summary>
    internal string? Bookmark => _bookmark;

    /// <summary>The token of the run.</summary>
    internal CancellationToken Token => _stop.Token;

    /// <summary>Whether the term of a bound run is over: the producer resumes in the next one.</summary>
    internal bool IsInterrupted => Volatile.Read(ref _isBound) != 0 && (_hasRefused || _term.WhenOver.IsCompleted);

    /// <summary>Whether it is this term.</summary>
    internal bool IsOf(LeaderTerm? term) => term == _term;

    /// <summary>Binds the run to the term.</summary>
    internal void Bind()
    {
        if (Interlocked.Exchange(ref _isBound, 1) == 0) _ = EndWithTermAsync();
    }

    /// <summary>A bookmark has been stored. Called in the order of the values.</summary>
    internal void NoteStored(string bookmark) => _bookmark = bookmark;

    /// <summary>The exception of a put that is refused since the term is over: a new instance for each.</summary>
    internal OperationCanceledException NewRefusal()
    {
        _hasRefused = true;
        return new OperationCanceledException(
            $"The leader term of producer '{Producer}' is over. In the next one it resumes at the bookmark that was stored.", Token);
    }

    /// <summary>The run is over.</summary>
    public void Dispose()
    {
        _ended.TrySetResult();
        _stopping.Unregister();
    }

    private async Task EndWithTermAsync()
    {
        if (await Task.WhenAny(_term.WhenOver, _ended.Task).ConfigureAwait(false) != _term.WhenOver) return;
        try
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException error)
        {
            _onCallbackFailed(error);
        }
    }
}
