using System.Runtime.CompilerServices;

namespace Streamx.Hosting.Workers;

/// <summary>
/// The stream as a restartable loop sees it: enumeration goes on where the last run failed, with the value that was in hand.
/// </summary>
/// <remarks>A run may enumerate it once. Not safe for several readers, like any enumerator.</remarks>
internal sealed class LoopFeed<T>(IAsyncEnumerator<T> values) : IAsyncEnumerable<T>, IAsyncEnumerator<T>
{
    /// <summary>Whether there is a value after which the loop has not yet asked for the next.</summary>
    private bool _hasCurrent;

    /// <summary>Whether that value is to be delivered once more.</summary>
    private bool _isToBeRepeated;

    /// <summary>Whether the present run has begun to enumerate.</summary>
    private bool _isEnumerated;

    /// <summary>The token the present run enumerates with.</summary>
    private CancellationToken _cancellationToken;

    /// <summary>Decides whether the value in hand may be delivered once more; null where it always may.</summary>
    internal Func<bool>? MayRepeat { get; init; }

    /// <summary>Whether a value has been settled since the present run began, or since this was last set to false.</summary>
    internal bool HasSettled { get; set; }

    /// <inheritdoc/>
    public T Current => values.Current;

    /// <summary>Begins a run.</summary>
    internal void BeginRun()
    {
        _isToBeRepeated = _hasCurrent;
        _isEnumerated = HasSettled = false;
    }

    /// <inheritdoc/>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (_isEnumerated) throw new InvalidOperationException("The stream has been enumerated already. A consumer may do so once.");
        _isEnumerated = true;
        _cancellationToken = cancellationToken;
        return this;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> MoveNextAsync()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        if (_isToBeRepeated)
        {
            _isToBeRepeated = false;
            if (MayRepeat?.Invoke() != false) return true;
        }

        HasSettled |= _hasCurrent;
        _hasCurrent = false;
        _hasCurrent = await values.MoveNextAsync().ConfigureAwait(false);
        return _hasCurrent;
    }

    /// <summary>Ends the run's enumeration; the subscription goes on.</summary>
    public ValueTask DisposeAsync() => default;

    /// <summary>Ends the enumeration for good: the subscription leaves.</summary>
    internal ValueTask LeaveAsync() => values.DisposeAsync();
}
