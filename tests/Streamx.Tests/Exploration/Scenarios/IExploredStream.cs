namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A stream of numbers, whatever values carry them in it.</summary>
internal interface IExploredStream
{
    /// <inheritdoc cref="AsyncStream{T}.Window"/>
    int Window { get; }

    /// <inheritdoc cref="AsyncStream{T}.SubscriptionCount"/>
    int SubscriptionCount { get; }

    /// <inheritdoc cref="AsyncStream{T}.Completion"/>
    Task Completion { get; }

    /// <summary>Puts a number.</summary>
    ValueTask PutAsync(int number, CancellationToken cancellationToken);

    /// <summary>Puts numbers as one call.</summary>
    ValueTask PutManyAsync(int[] numbers, CancellationToken cancellationToken);

    /// <summary>Puts a number if it can commit now.</summary>
    bool TryPut(int number);

    /// <inheritdoc cref="AsyncStream{T}.FlushAsync"/>
    ValueTask FlushAsync();

    /// <inheritdoc cref="AsyncStream{T}.CloseAsync"/>
    Task CloseAsync();

    /// <inheritdoc cref="AsyncStream{T}.TryFault"/>
    bool TryFault(Exception error);

    /// <inheritdoc cref="AsyncStream{T}.GetSnapshot"/>
    StreamSnapshot GetSnapshot();

    /// <summary>Subscribes.</summary>
    IExploredSubscription Subscribe(SubscriptionMode mode = SubscriptionMode.Every);
}
