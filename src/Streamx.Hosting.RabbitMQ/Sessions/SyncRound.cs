using System.Threading.Channels;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Asks every registered consumer for its position, until each has answered.</summary>
/// <remarks>
/// The question travels behind the values, so an answer tells exactly what the consumer has received of earlier leaders. A consumer without
/// a process cannot answer: the leader joins as it, which succeeds only if no process is active, and the leader's session answers from the
/// consumer's checkpoint and the contents of its queue.
/// </remarks>
/// <param name="epoch">The epoch that asks.</param>
/// <param name="events">The events of consumers.</param>
/// <param name="joinAs">Joins as a consumer.</param>
/// <param name="ask">Asks all consumers.</param>
/// <param name="look">Finds the registered consumers: one may join or be retired meanwhile.</param>
/// <param name="clock">Paces the questions.</param>
internal sealed class SyncRound(
    long epoch, ChannelReader<LeaderEvent> events, Func<string, Task<IAsyncDisposable>> joinAs, Func<Task> ask,
    Func<Task<IReadOnlyCollection<string>>> look, TimeProvider clock)
{
    /// <summary>How long a round waits for answers before it asks again, and joins as the consumers that did not answer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, SyncAnswer> _answers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Consumers that answered only because the leader joined as them.</summary>
    internal HashSet<string> AnsweredFor { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The registered consumers at the last look.</summary>
    private IReadOnlyCollection<string> _names = [];

    /// <summary>Runs the rounds.</summary>
    /// <param name="timeout">How long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">Not all consumers have answered in time.</exception>
    internal async Task<IReadOnlyCollection<SyncAnswer>> RunAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            _names = await look().ConfigureAwait(false);
            if (Missing(_names).Count == 0)
                return [.. _answers.Values.Where(answer => _names.Contains(answer.Name, StringComparer.OrdinalIgnoreCase))];
            await ask().ConfigureAwait(false);
            if (await HeardFromAllAsync(_names, cancellationToken).ConfigureAwait(false)) continue;
            foreach (var name in Missing(_names)) await AnswerForAsync(name, cancellationToken).ConfigureAwait(false);
            if (clock.GetElapsedTime(started) >= timeout && Missing(_names) is { Count: > 0 } silent)
            {
                throw new TransportException(
                    $"These consumers have not said where they are within {timeout}: {string.Join(", ", silent)}.");
            }
        }
    }

    private async Task AnswerForAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var session = await joinAs(name).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                if (await HeardFromAllAsync([name], cancellationToken).ConfigureAwait(false)) AnsweredFor.Add(name);
            }
        }
        catch (TransportException)
        {
            // The queue has gone: the consumer is being retired, or a process of it is about to declare the queue again. It will be asked
            // again.
            await HeardFromAllAsync([name], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits a while for answers. Returns whether all of the consumers have answered.</summary>
    private async Task<bool> HeardFromAllAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(s_patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            while (Missing(names).Count > 0) Note(await events.ReadAsync(either.Token).ConfigureAwait(false));
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private void Note(LeaderEvent heard)
    {
        if (heard.Answer is not { } answer || heard.IsMissing) return;
        if (answer.Epoch > epoch)
        {
            throw new TransportException(
                $"Consumer '{answer.Name}' has seen epoch {answer.Epoch}, which is newer than {epoch}: another leads.");
        }
        if (answer.Epoch == epoch) _answers[answer.Name] = answer;
    }

    private List<string> Missing(IReadOnlyCollection<string> names) => [.. names.Where(name => !_answers.ContainsKey(name))];
}
