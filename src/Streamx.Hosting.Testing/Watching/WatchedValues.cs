namespace Streamx.Hosting.Testing;

/// <summary>The values of a loop, which pass the consumer's barrier one by one.</summary>
internal sealed class WatchedValues<T>(HarnessConsumer<T> consumer, IAsyncEnumerable<T> values) : IAsyncEnumerable<T>
{
    /// <inheritdoc/>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new Enumerator(consumer, values.GetAsyncEnumerator(cancellationToken), cancellationToken);

    private sealed class Enumerator(HarnessConsumer<T> consumer, IAsyncEnumerator<T> values, CancellationToken cancellationToken)
        : IAsyncEnumerator<T>
    {
        /// <inheritdoc/>
        public T Current => values.Current;

        /// <inheritdoc/>
        public async ValueTask<bool> MoveNextAsync()
        {
            if (!await values.MoveNextAsync().ConfigureAwait(false)) return false;
            consumer.OnTaken([values.Current]);
            try
            {
                await consumer.Barrier.PassAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (Exception error)
            {
                consumer.OnFailed(error);
                throw;
            }
        }

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => values.DisposeAsync();
    }
}
