namespace Streamx.Engine;

/// <summary>Reads a subscription value by value.</summary>
internal sealed class ValueReader<T> : SubscriptionReader<T>, IAsyncEnumerator<T>
{
    internal ValueReader(StreamCore<T> core, Member<T> member, CancellationToken cancellationToken)
        : base(core, member) => LeaveOn(cancellationToken);

    /// <summary>The value in hand. Cleared by the next read, so that a waiting consumer keeps nothing alive.</summary>
    public T Current { get; private set; } = default!;

    /// <inheritdoc/>
    public ValueTask<bool> MoveNextAsync() => Core.Read(this);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Leave();
        return default;
    }

    /// <inheritdoc/>
    internal override void Accept(T value, int index, int count) => Current = value;

    /// <inheritdoc/>
    protected override void Clear() => Current = default!;
}
