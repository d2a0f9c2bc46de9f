using Streamx.Engine;

namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A stream of numbers that values of one type carry.</summary>
/// <param name="stream">The stream.</param>
/// <param name="carry">Makes the value that carries a number.</param>
/// <param name="number">The number a value carries; zero if there is none.</param>
internal sealed class ExploredStream<T>(AsyncStream<T> stream, Func<int, T> carry, Func<T, int> number) : IExploredStream
{
    /// <inheritdoc/>
    public int Window => stream.Window;

    /// <inheritdoc/>
    public int SubscriptionCount => stream.SubscriptionCount;

    /// <inheritdoc/>
    public Task Completion => stream.Completion;

    /// <inheritdoc/>
    public ValueTask PutAsync(int number, CancellationToken cancellationToken) => stream.PutAsync(carry(number), cancellationToken);

    /// <inheritdoc/>
    public ValueTask PutManyAsync(int[] numbers, CancellationToken cancellationToken) => stream.PutManyAsync(Array.ConvertAll(numbers, number => carry(number)), cancellationToken);

    /// <inheritdoc/>
    public bool TryPut(int number) => stream.TryPut(carry(number));

    /// <inheritdoc/>
    public ValueTask FlushAsync() => stream.FlushAsync();

    /// <inheritdoc/>
    public Task CloseAsync() => stream.CloseAsync();

    /// <inheritdoc/>
    public bool TryFault(Exception error) => stream.TryFault(error);

    /// <inheritdoc/>
    public StreamSnapshot GetSnapshot() => stream.GetSnapshot();

    /// <inheritdoc/>
    public IExploredSubscription Subscribe(SubscriptionMode mode = SubscriptionMode.Every) =>
        new Subscription(stream.Subscribe(new SubscriptionOptions { Mode = mode }), number);

    /// <summary>Passes on what its readers get as numbers.</summary>
    private sealed class Subscription(StreamSubscription<T> subscription, Func<T, int> number) : IExploredSubscription
    {
        public string Name => subscription.Name;

        public SubscriptionSnapshot GetSnapshot() => subscription.GetSnapshot();

        public IAsyncEnumerator<int[]> Read(CancellationToken cancellationToken) =>
            new Reader<T>(subscription.GetAsyncEnumerator(cancellationToken), value => [number(value)]);

        public IAsyncEnumerator<int[]> ReadBatches(int maxSize, TimeSpan maxWait) => new Reader<StreamBatch<T>>(
            subscription.ReadBatchesAsync(maxSize, maxWait).GetAsyncEnumerator(CancellationToken.None),
            batch => Array.ConvertAll(batch.ToArray(), value => number(value)));

        public (IAsyncEnumerator<int[]> Reader, Func<int, bool> Begin, Func<int, bool> Finish) ReadConcurrently(int max, bool beginsLater)
        {
            var reader = new Slots(subscription.ReadConcurrently(max, beginsLater), number);
            return (reader, reader.Begin, reader.Finish);
        }

        public ValueTask DisposeAsync() => subscription.DisposeAsync();
    }

    /// <summary>Passes on what a reader of several values takes as numbers, and keeps their positions.</summary>
    private sealed class Slots(ConcurrentReader<T> reader, Func<T, int> number) : IAsyncEnumerator<int[]>
    {
        private readonly Dictionary<int, long> _positions = [];

        public int[] Current
        {
            get
            {
                var taken = number(reader.Current);
                _positions[taken] = reader.Position;
                return [taken];
            }
        }

        public ValueTask<bool> MoveNextAsync() => reader.MoveNextAsync();

        public bool Begin(int taken) => reader.Begin(_positions[taken]);

        public bool Finish(int taken) => reader.Finish(_positions[taken]);

        public ValueTask DisposeAsync() => reader.DisposeAsync();
    }

    /// <summary>Passes on what another reader gets as numbers.</summary>
    private sealed class Reader<TRead>(IAsyncEnumerator<TRead> reader, Func<TRead, int[]> numbers) : IAsyncEnumerator<int[]>
    {
        public int[] Current => numbers(reader.Current);

        public ValueTask<bool> MoveNextAsync() => reader.MoveNextAsync();

        public ValueTask DisposeAsync() => reader.DisposeAsync();
    }
}
