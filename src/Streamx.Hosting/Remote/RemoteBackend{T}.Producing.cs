using Streamx.Engine;

namespace Streamx.Hosting.Remote;

/// <content>Runs of producers, and the leader terms that they are bound to where the transport stores bookmarks.</content>
internal sealed partial class RemoteBackend<T>
{
    /// <summary>Why what carries the stream stores no bookmarks; null where it does, and while that is not known.</summary>
    private volatile string? _whyNoBookmarks;

    /// <inheritdoc/>
    /// <remarks>One process leads: the producers of the others begin when theirs does.</remarks>
    internal override async ValueTask<ProducerStart?> WhenMayProduceAsync(string producer, CancellationToken stoppingToken)
    {
        await ((Task)Task.WhenAny(_leader.WhenLed, Drained).WaitAsync(stoppingToken)).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing);
        if (!_leader.WhenLed.IsCompleted) return null;
        while (_whyNoBookmarks is null)
        {
            try
            {
                if (await _leader.WhenLeading.WaitAsync(stoppingToken).ConfigureAwait(false) is not { } term) return null;
                if (await TryBeginAsync(producer, term, stoppingToken).ConfigureAwait(false) is { } begun)
                    return new ProducerStart(begun, Refusal: null);
                await term.WhenOver.WaitAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (NotSupportedException refusal)
            {
                _whyNoBookmarks = refusal.Message;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return null;
            }
        }

        return new ProducerStart(Term: null, _whyNoBookmarks);
    }

    /// <inheritdoc/>
    internal override ValueTask PutAsync(
        T value, ProducerTerm term, string? bookmark, PutObserver observer, CancellationToken cancellationToken) =>
        _puts.PutAsync(value, observer, cancellationToken, term, bookmark);

    /// <inheritdoc/>
    internal override ValueTask PutManyAsync(
        ReadOnlyMemory<T> values, ProducerTerm term, string? bookmark, PutObserver observer, CancellationToken cancellationToken) =>
        new(_puts.PutManyAsync(values, observer, cancellationToken, term, bookmark));

    /// <inheritdoc/>
    internal override bool TryPut(T value, ProducerTerm term, PutObserver observer) => _puts.TryPut(value, observer, term);

    /// <summary>Begins a run of a producer in a term; null if the term is over, or takes no values.</summary>
    private async Task<ProducerTerm?> TryBeginAsync(string producer, LeaderTerm term, CancellationToken stoppingToken)
    {
        // A term that only completes an end appends nothing.
        if (term.Session.EndsAt is not null) return null;
        try
        {
            var bookmark = await term.Session.ReadBookmarkAsync(producer, stoppingToken).ConfigureAwait(false);
            return new ProducerTerm(
                producer, term, bookmark, error => Log.TokenCallbackFailed(_stream.Logger, error, _stream.Name), stoppingToken);
        }
        catch (TransportException)
        {
            return null;
        }
    }
}
