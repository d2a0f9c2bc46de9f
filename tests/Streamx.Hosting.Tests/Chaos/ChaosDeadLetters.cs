using System.Collections.Concurrent;

namespace Streamx.Hosting.Tests.Chaos;

/// <summary>Takes the dead letters of all streams, or fails to.</summary>
internal sealed class ChaosDeadLetters(ChaosHost host, Dice dice) : IDeadLetterHandler<long>
{
    private readonly int _failures = dice.OneOf(0, 0, 50, 300);
    private readonly ConcurrentQueue<DeadLetter<long>> _taken = [];

    /// <summary>The values taken from a consumer.</summary>
    public IReadOnlyList<long> TakenFrom(string stream, string consumer) =>
        [.. _taken.Where(letter => letter.StreamName == stream && letter.ConsumerName == consumer).Select(letter => letter.Value)];

    public async ValueTask HandleAsync(DeadLetter<long> letter, CancellationToken abortToken)
    {
        using var work = host.Work($"{letter.StreamName}.dead letters");
        if (dice.Permille(200)) await dice.PauseAsync(3, abortToken);
        if (dice.Permille(_failures)) throw new ChaosException();
        _taken.Enqueue(letter);
    }
}
