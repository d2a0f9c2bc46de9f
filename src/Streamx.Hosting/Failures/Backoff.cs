using Polly;
using Polly.Retry;

namespace Streamx.Hosting.Failures;

/// <summary>Retries a failed operation, with Polly's exponential waits.</summary>
/// <remarks>Used only after a failure: successful operations do not pass through it.</remarks>
internal sealed class Backoff
{
    /// <summary>The key under which the strategy finds the operation.</summary>
    private static readonly ResiliencePropertyKey<State> s_stateKey = new("Streamx.Hosting.Backoff");

    /// <summary>The strategy; null when there are no retries.</summary>
    private readonly ResiliencePipeline? _pipeline;

    /// <summary>Prepares the strategy.</summary>
    /// <param name="options">How often, and after what waits.</param>
    /// <param name="timeProvider">The clock for the waits.</param>
    /// <param name="onWait">Called before each wait: the number of the next try, the wait, the error.</param>
    internal Backoff(RetryOptions options, TimeProvider timeProvider, Action<int, TimeSpan, Exception> onWait)
    {
        if (options.MaxAttempts == 0) return;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = timeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.MaxAttempts,
                Delay = options.Delay,
                MaxDelay = options.MaxDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                // Once waits have ended, no retry may be announced.
                ShouldHandle = static arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is not null and not LastAttemptException
                        && !arguments.Context.CancellationToken.IsCancellationRequested),
                OnRetry = arguments =>
                {
                    if (arguments.Context.Properties.TryGetValue(s_stateKey, out var state)) state.Untold = null;
                    onWait(arguments.AttemptNumber + 1, arguments.RetryDelay, arguments.Outcome.Exception!);
                    return default;
                },
            })
            .Build();
    }

    /// <summary>Tries again until it succeeds, or the attempts are used up.</summary>
    /// <param name="error">What the first try failed with.</param>
    /// <param name="again">One more try. It reports its failure, and does not throw.</param>
    /// <param name="cancellationToken">Ends a wait at once.</param>
    /// <returns>
    /// What the last try failed with; null when one succeeded; an <see cref="OperationCanceledException"/> when a wait was ended. A
    /// failure after which no wait began, because waits had ended by then, is returned: it has not been announced.
    /// </returns>
    internal async ValueTask<Exception?> RunAsync(
        Exception error, Func<CancellationToken, ValueTask<TryResult>> again, CancellationToken cancellationToken)
    {
        if (_pipeline is null) return error;
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        try
        {
            var state = new State(error, again);
            context.Properties.Set(s_stateKey, state);
            var outcome = await _pipeline.ExecuteOutcomeAsync(
                static (context, state) => state.NextAsync(context.CancellationToken), context, state).ConfigureAwait(false);
            return outcome.Exception is LastAttemptException last ? last.InnerException : state.Untold ?? outcome.Exception;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>The operation; its first try returns the failure that is known already.</summary>
    private sealed class State(Exception first, Func<CancellationToken, ValueTask<TryResult>> again)
    {
        private Exception? _known = first;

        /// <summary>The last failure, until the wait after it begins and announces it.</summary>
        internal Exception? Untold { get; set; } = first;

        internal async ValueTask<Outcome<bool>> NextAsync(CancellationToken cancellationToken)
        {
            if (_known is { } known)
            {
                _known = null;
                return Outcome.FromException<bool>(known);
            }

            var attempt = await again(cancellationToken).ConfigureAwait(false);
            Untold = attempt.Error;
            if (attempt.Error is null) return Outcome.FromResult(true);
            return Outcome.FromException<bool>(attempt.IsLast ? new LastAttemptException(attempt.Error) : attempt.Error);
        }
    }

    /// <summary>Carries an error past the strategy.</summary>
    private sealed class LastAttemptException(Exception error) : Exception(message: null, error);
}
