namespace Streamx.Hosting.Remote.Leading;

/// <summary>The times that this process leads a stream, for whoever waits for the present one or the next.</summary>
internal sealed class LeadTurns
{
    /// <summary>Guards <see cref="_turn"/>.</summary>
    private readonly Lock _gate = new();

    /// <summary>Ends when this process first leads.</summary>
    private readonly TaskCompletionSource _led = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The present turn, or else the next; null once there will be none.</summary>
    private TaskCompletionSource<LeadTurn?> _turn = NewTurn();

    /// <summary>Whether every consumer has come to the end of the stream.</summary>
    private bool _hasEnded;

    /// <summary>Ends when this process first leads the stream.</summary>
    internal Task WhenLed => _led.Task;

    /// <summary>A turn can be appended to from now on.</summary>
    internal void Begin(LeadTurn turn)
    {
        lock (_gate)
        {
            turn.HasBegun = true;
            _turn.TrySetResult(turn);
        }

        _led.TrySetResult();
    }

    /// <summary>A turn is over, whether it came to begin or not.</summary>
    internal void End(LeadTurn turn)
    {
        lock (_gate)
        {
            if (turn.HasBegun) _turn = NewTurn();
        }

        turn.End();
    }

    /// <summary>There will be no more.</summary>
    /// <param name="hasEnded">Whether every consumer has come to the end of the stream.</param>
    internal void EndForGood(bool hasEnded)
    {
        lock (_gate)
        {
            _hasEnded = hasEnded;
            _turn.TrySetResult(null);
        }
    }

    /// <summary>Waits until every name has finished up to a number that this process has put, through as many turns as it takes.</summary>
    /// <exception cref="StreamClosedException">There will be no more turns.</exception>
    internal async Task WaitUntilFinishedAsync(Func<long> sequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<LeadTurn?> leading;
            lock (_gate) leading = _turn.Task;
            // Between two turns what was not finished is kept, and its positions are known again with the next.
            var turn = await leading.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (turn is null)
            {
                if (_hasEnded) return;
                throw new StreamClosedException("The stream has been left to other processes before everything was finished: this process no longer hears of it.");
            }

            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var positions = turn.Session.Positions;
            var reached = positions.WaitAsync(sequence(), either.Token);
            if (await Task.WhenAny(reached, turn.WhenOver).ConfigureAwait(false) == reached || positions.HaveReached(sequence()))
            {
                await reached.ConfigureAwait(false);
                return;
            }

            await either.CancelAsync().ConfigureAwait(false);
            await ((Task)reached).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TaskCompletionSource<LeadTurn?> NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
