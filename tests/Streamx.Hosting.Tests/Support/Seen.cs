using System.Collections.Concurrent;

namespace Streamx.Hosting.Tests.Support;

/// <summary>What consumers of a test saw, by consumer. A singleton of the test's host.</summary>
internal sealed class Seen<T>
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<T>> _byConsumer = new();

    public IReadOnlyCollection<T> this[string consumer] => _byConsumer.GetOrAdd(consumer, _ => new ConcurrentQueue<T>());

    /// <summary>What a consumer does that only notes.</summary>
    public Func<T, CancellationToken, ValueTask> By(string consumer) => (value, _) =>
    {
        Add(consumer, value);
        return default;
    };

    public void Add(string consumer, T value) => _byConsumer.GetOrAdd(consumer, _ => new ConcurrentQueue<T>()).Enqueue(value);
}
