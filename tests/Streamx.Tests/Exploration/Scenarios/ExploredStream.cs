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

        public ISlots ReadConcurrently(int max, bool beginsLater, int limit)
        {
            var reader = subscription.ReadConcurrently(max, beginsLater);
            reader.Limit = limit;
            return new Slots(reader, number);
        }

        public ValueTask DisposeAsync() => subscription.DisposeAsync();
    }

    /// <summary>Passes on what a reader of several values takes as numbers, and keeps their positions.</summary>
    private sealed class Slots(ConcurrentReader<T> reader, Func<T, int> number) : ISlots
    {
        private readonly Dictionary<int, long> _positions = [];

        public int[] Current
        {
            get
            {
                var taken = Array.ConvertAll(reader.Taken.ToArray(), value => number(value));
                for (var i = 0; i < taken.Length; i++) _positions[taken[i]] = reader.Position + i;
                return taken;
            }
        }

        public ValueTask<bool> MoveNextAsync() => reader.MoveNextAsync();

        public bool Begin(int taken) => reader.Begin(_positions[taken]);

        public bool Finish(int begun) => reader.Finish(_positions[begun]);

        public bool FinishThenBegin(int begun, int taken)
        {
            ReleaseList released = default;
            if (!reader.FinishThenBegin([_positions[begun]], [_positions[taken]], reader.ReadClock(), out _, ref released)) return false;
            reader.AfterFinish([_positions[begun]], heldSince: 0, ref released);
            return true;
        }

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
