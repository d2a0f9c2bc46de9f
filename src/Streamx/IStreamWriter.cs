namespace Streamx;

/// <summary>The side of a stream that values are put into.</summary>
/// <typeparam name="T">The type of the values. Null and default are ordinary values.</typeparam>
/// <remarks>All members may be called from any number of threads at once.</remarks>
public interface IStreamWriter<T>
{
    /// <summary>Hands <paramref name="value"/> to the stream, waiting for its turn and for room.</summary>
    /// <param name="value">The value every subscription will see.</param>
    /// <param name="cancellationToken">Withdraws the put while it still waits. A put that has committed succeeds, cancelled or not.</param>
    /// <returns>
    /// A task that completes at hand-off: there is room in the window for every subscription. With a window of 1 this means that
    /// every subscription has finished the previous value. It does not mean "processed"; <see cref="FlushAsync"/> does.
    /// Await it once, as any <see cref="ValueTask"/>.
    /// </returns>
    /// <remarks>Waiting puts commit in the order in which they were made, and every subscription sees that order.</remarks>
    /// <exception cref="StreamClosedException">
    /// The stream was closed before the put was made, or no subscription was left to take the value.
    /// </exception>
    /// <exception cref="StreamFaultedException">The stream has faulted.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no subscription and the stream is set to <see cref="NoSubscribers.Throw"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The put was cancelled before it committed: no subscription gets the value.</exception>
    ValueTask PutAsync(T value, CancellationToken cancellationToken = default);

    /// <summary>Hands <paramref name="value"/> to the stream only if that needs no waiting.</summary>
    /// <param name="value">The value every subscription will see.</param>
    /// <returns>
    /// True when the value has committed. False when there is no room, other puts wait, there is no subscription (unless such values
    /// are discarded), or the stream is closed or faulted. It never overtakes a waiting put.
    /// </returns>
    bool TryPut(T value);

    /// <summary>
    /// Hands many values to the stream as one call, which keeps its place at the head of the queue until all are accepted.
    /// </summary>
    /// <param name="values">
    /// The values, in order; as many as you like, however small the window. The memory may not change until the task ends.
    /// </param>
    /// <param name="cancellationToken">Withdraws the values that still wait. Those that have committed stay in the stream.</param>
    /// <returns>
    /// A task that completes at hand-off of the last value. Await it once, as any <see cref="ValueTask"/>. Without values it has
    /// completed already.
    /// </returns>
    /// <remarks>
    /// <para>As putting one value after another, without a place in the queue for each: as many commit at once as the window allows,
    /// and no other put commits between them. A call that waits when the stream is closed still commits all of its values.</para>
    /// <para>Each value is accepted by every subscription or by none. A call that ends early says how many were accepted:
    /// <see cref="StreamPutCanceledException.AcceptedCount"/>, <see cref="StreamClosedException.AcceptedCount"/>,
    /// <see cref="StreamFaultedException.AcceptedCount"/>.</para>
    /// </remarks>
    /// <exception cref="StreamClosedException">
    /// The stream was closed before the call, also one without values, or no subscription was left to take the rest.
    /// </exception>
    /// <exception cref="StreamFaultedException">The stream has faulted.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no subscription and the stream is set to <see cref="NoSubscribers.Throw"/>.
    /// </exception>
    /// <exception cref="StreamPutCanceledException">The call was cancelled before all values had been accepted.</exception>
    ValueTask PutManyAsync(ReadOnlyMemory<T> values, CancellationToken cancellationToken = default);

    /// <summary>Waits until every value accepted before this call has been finished by every gating subscription.</summary>
    /// <param name="cancellationToken">Ends the waiting; the values are not affected.</param>
    /// <returns>A task that completes at once when nothing is unfinished. Puts that still wait are not covered.</returns>
    /// <exception cref="StreamFaultedException">The stream has faulted, or does so while this call waits.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    ValueTask FlushAsync(CancellationToken cancellationToken = default);
}
