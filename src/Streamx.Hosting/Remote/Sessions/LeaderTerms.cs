namespace Streamx.Hosting.Remote.Sessions;

/// <summary>The leader terms of this process, for callers that wait for the present one or the next.</summary>
internal sealed class LeaderTerms
{
    /// <summary>Guards <see cref="_term"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>Ends when this process first leads.</summary>
    private readonly TaskCompletionSource _led = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The present term, or else the next; null once there will be none.</summary>
    private TaskCompletionSource<LeaderTerm?> _term = NewTerm();

    /// <summary>Whether every consumer has come to the end of the stream.</summary>
    private bool _hasEnded;

    /// <summary>Ends when this process first leads the stream.</summary>
    internal Task WhenLed => _led.Task;

    /// <summary>Ends with the present term, or else the next; with null once there will be none.</summary>
    internal Task<LeaderTerm?> WhenLeading
    {
        get
        {
            lock (_lock) return _term.Task;
        }
    }

    /// <summary>A term can be appended to from now on.</summary>
    internal void Begin(LeaderTerm term)
    {
        lock (_lock)
        {
            term.HasBegun = true;
            _term.TrySetResult(term);
        }

        _led.TrySetResult();
    }

    /// <summary>A term is over, whether it began or not.</summary>
    internal void End(LeaderTerm term)
    {
        lock (_lock)
        {
            if (term.HasBegun) _term = NewTerm();
        }

        term.End();
    }

    /// <summary>There will be no more terms.</summary>
    /// <param name="hasEnded">Whether every consumer has come to the end of the stream.</param>
    internal void EndForGood(bool hasEnded)
    {
        lock (_lock)
        {
            _hasEnded = hasEnded;
            _term.TrySetResult(null);
        }
    }

    /// <summary>
    /// Waits until every consumer has finished up to a number that this process has put, through as many terms as it takes.
    /// </summary>
    /// <exception cref="StreamClosedException">There will be no more terms.</exception>
    internal async Task WaitUntilFinishedAsync(Func<long> sequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Between two terms unfinished puts are kept, and the next term knows their positions again.
            var term = await WhenLeading.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (term is null)
            {
                if (_hasEnded) return;
                throw new StreamClosedException(
                    "The stream has been left to other processes before everything was finished: this process no longer hears of it.");
            }

            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var positions = term.Session.Positions;
            var reached = positions.WaitAsync(sequence(), either.Token);
            if (await Task.WhenAny(reached, term.WhenOver).ConfigureAwait(false) == reached || positions.HaveReached(sequence()))
            {
                await reached.ConfigureAwait(false);
                return;
            }

            await either.CancelAsync().ConfigureAwait(false);
            await ((Task)reached).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TaskCompletionSource<LeaderTerm?> NewTerm() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
