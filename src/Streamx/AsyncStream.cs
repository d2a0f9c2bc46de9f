using System.Runtime.CompilerServices;
using Streamx.Engine;

namespace Streamx;

/// <summary>A lock-step stream: a put waits until every subscription has room for the next value.</summary>
/// <typeparam name="T">The type of the values. Null and default are ordinary values; no value is special.</typeparam>
/// <remarks>
/// <para>Subscribing, leaving, the commit of a put, closing and faulting happen in one total order. Which
/// subscriptions see a value is decided when its put commits: every one made before, and none made after.</para>
/// <para>Memory is bounded by the window and the number of subscriptions. All members may be used from any number of threads
/// at once. The idea, and the name, come from the Python library <c>streamx</c>.</para>
/// </remarks>
public sealed class AsyncStream<T> : IStreamWriter<T>, IAsyncEnumerable<T>, IAsyncDisposable, IDisposable, IStreamClock
{
    /// <summary>The state machine.</summary>
    private readonly StreamCore<T> _core;

    /// <summary>Whether a host ends the stream, so that a service container that disposes of it must not.</summary>
    private readonly bool _isHosted;

    /// <summary>Creates an open stream with default settings: strict lock-step, puts wait for a subscription.</summary>
    public AsyncStream()
        : this(new AsyncStreamOptions())
    {
    }

    /// <summary>Creates an open stream.</summary>
    /// <param name="options">The settings, read now and not kept.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/>, or its clock, is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range; the message names it.</exception>
    public AsyncStream(AsyncStreamOptions options) => _core = new StreamCore<T>(options);

    /// <summary>Creates an open stream that belongs to a host.</summary>
    internal static AsyncStream<T> CreateHosted(AsyncStreamOptions options) => new(options, isHosted: true);

    private AsyncStream(AsyncStreamOptions options, bool isHosted)
        : this(options) => _isHosted = isHosted;

    /// <summary>The stream's name; by default that of the value type.</summary>
    public string Name => _core.Name;

    /// <summary>How many values may be put but not yet finished by the slowest subscription. 1 is strict lock-step.</summary>
    public int Window => _core.Window;

    /// <summary>Where the stream is in its life.</summary>
    public StreamState State => _core.State;

    /// <summary>How many subscriptions, of either mode, have not left.</summary>
    public int SubscriptionCount => _core.SubscriptionCount;

    /// <summary>Ends when the stream has ended and every accepted value has been finished or its subscriptions have left.</summary>
    /// <value>
    /// The same task each time. Faults with <see cref="StreamFaultedException"/> when the stream was faulted. Never cancelled.
    /// </value>
    public Task Completion => _core.Completion;

    /// <summary>Ends as soon as the stream is faulted, with the fault; long before <see cref="Completion"/> if need be.</summary>
    internal Task<Exception> WhenFaulted => _core.WhenFaulted;

    /// <summary>What the stream was faulted with; null while it has not been.</summary>
    internal Exception? Fault => _core.Fault;

    /// <inheritdoc/>
    public ValueTask PutAsync(T value, CancellationToken cancellationToken = default) =>
        _core.Put(value, observer: null, cancellationToken);

    /// <inheritdoc/>
    public bool TryPut(T value) => _core.TryPut(value);

    /// <inheritdoc/>
    public ValueTask PutManyAsync(ReadOnlyMemory<T> values, CancellationToken cancellationToken = default) =>
        _core.PutMany(values, observer: null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => _core.Flush(cancellationToken);

    /// <summary>Joins the stream: the subscription sees every value that commits from now on.</summary>
    /// <param name="name">The name in snapshots; null numbers it.</param>
    /// <returns>A subscription for which puts wait until it leaves, also while it is not read.</returns>
    /// <remarks>On a stream that has been closed or faulted this is allowed: the loop ends, or throws, at once.</remarks>
    public StreamSubscription<T> Subscribe(string? name = null) => Subscribe(new SubscriptionOptions { Name = name });

    /// <summary>Joins the stream with settings.</summary>
    /// <param name="options">The settings, read now and not kept.</param>
    /// <returns>A subscription. Unless its mode is <see cref="SubscriptionMode.Latest"/>, puts wait for it until it leaves.</returns>
    /// <remarks>On a stream that has been closed or faulted this is allowed: the loop ends, or throws, at once.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mode is none of those defined.</exception>
    public StreamSubscription<T> Subscribe(SubscriptionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new StreamSubscription<T>(_core, _core.Subscribe(options)[0]);
    }

    /// <summary>Subscribes now, and reads value by value.</summary>
    /// <param name="cancellationToken">Makes the subscription leave as soon as it is cancelled; the read then throws.</param>
    /// <returns>
    /// An enumerator that sees every value accepted from this call on; disposing it leaves the stream. For one reader at a time.
    /// </returns>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        Subscribe().GetAsyncEnumerator(cancellationToken);

    /// <summary>Reads value by value, with a choice of where the loop goes on.</summary>
    /// <param name="continueOnCapturedContext">Whether it goes on in the context it was in, if there is one.</param>
    /// <returns>The values, for <c>await foreach</c>, which subscribes when the loop begins.</returns>
    /// <remarks>
    /// A member, because the extension methods of that name for enumerables and for disposables would be ambiguous here.
    /// </remarks>
    public ConfiguredCancelableAsyncEnumerable<T> ConfigureAwait(bool continueOnCapturedContext) =>
        TaskAsyncEnumerableExtensions.ConfigureAwait((IAsyncEnumerable<T>)this, continueOnCapturedContext);

    /// <summary>Closes the stream to new puts and waits until it has drained.</summary>
    /// <param name="cancellationToken">Stops the waiting, not the close.</param>
    /// <returns>
    /// A task that ends when every put that was waiting has been decided and every accepted value has been finished. Without a
    /// cancellable token it is the same task each time. It does not throw the fault; <see cref="Completion"/> does.
    /// </returns>
    /// <remarks>
    /// Puts already waiting still commit, in order, as long as a subscription is left to take their values; otherwise they fail
    /// with <see cref="StreamClosedException"/>.
    /// </remarks>
    /// <exception cref="OperationCanceledException">The wait was cancelled. The stream closes all the same.</exception>
    public Task CloseAsync(CancellationToken cancellationToken = default)
    {
        _core.Close();
        return cancellationToken.CanBeCanceled ? _core.Drained.WaitAsync(cancellationToken) : _core.Drained;
    }

    /// <summary>Ends the stream with an error, at once.</summary>
    /// <param name="error">The fault: the inner exception of what consumers and later puts get.</param>
    /// <returns>True, unless the stream had already closed or faulted.</returns>
    /// <remarks>Waiting puts and flushes fail with it. Consumers get every value accepted before it first.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="error"/> is null.</exception>
    public bool TryFault(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return _core.TryFault(error);
    }

    /// <summary>The state of the stream and its subscriptions, at one moment.</summary>
    /// <returns>A consistent state, also under load.</returns>
    public StreamSnapshot GetSnapshot() => _core.GetSnapshot();

    /// <summary>Closes the stream and waits until it has drained, as <see cref="CloseAsync"/> does.</summary>
    /// <returns>A task that ends with the drain and does not throw the fault.</returns>
    /// <remarks>Does nothing to a hosted stream: the service container disposes what it hands out, but the host ends the stream.</remarks>
    public ValueTask DisposeAsync() => _isHosted ? default : new ValueTask(CloseAsync());

    /// <summary>Closes the stream and does not wait. For containers that are disposed synchronously.</summary>
    void IDisposable.Dispose()
    {
        if (!_isHosted) _core.Close();
    }

    /// <inheritdoc/>
    TimeProvider IStreamClock.TimeProvider => _core.TimeProvider;

    /// <summary>Puts as <see cref="PutAsync(T, CancellationToken)"/>, followed by an observer.</summary>
    internal ValueTask PutAsync(T value, PutObserver observer, CancellationToken cancellationToken) =>
        _core.Put(value, observer, cancellationToken);

    /// <summary>As <see cref="TryPut(T)"/>, followed by an observer.</summary>
    internal bool TryPut(T value, PutObserver observer) => _core.TryPut(value, observer);

    /// <summary>Puts as <see cref="PutManyAsync(ReadOnlyMemory{T}, CancellationToken)"/>, followed by an observer.</summary>
    internal ValueTask PutManyAsync(ReadOnlyMemory<T> values, PutObserver observer, CancellationToken cancellationToken) =>
        _core.PutMany(values, observer, cancellationToken);

    /// <summary>Sets the observer of all puts that bring none of their own. Before the stream is used.</summary>
    internal void Observe(PutObserver observer) => _core.Observe(observer);

    /// <summary>Calls back between two transitions, with the time. Under the lock: restricted as <see cref="PutObserver"/>.</summary>
    internal void BetweenTransitions(Action<long> look) => _core.BetweenTransitions(look);

    /// <summary>Whether waits on the system clock are measured to less than a tick of it.</summary>
    internal bool MeasuresPrecisely
    {
        get => _core.MeasuresPrecisely;
        set => _core.MeasuresPrecisely = value;
    }

    /// <summary>How long ago the stream stopped taking puts.</summary>
    internal TimeSpan SinceEnded => _core.SinceEnded;

    /// <summary>Ends when the stream has drained; never faults.</summary>
    internal Task Drained => _core.Drained;

    /// <summary>Closes the stream to new puts. Does not wait, and runs no continuation.</summary>
    internal void BeginClose() => _core.Close(allowInline: false);

    /// <summary>As <see cref="TryFault(Exception)"/>, but runs no continuation.</summary>
    internal bool BeginFault(Exception error) => _core.TryFault(error, allowInline: false);

    /// <summary>
    /// Ends the stream at once: waiting puts are refused, every subscription leaves, reads throw the cancellation of a token.
    /// </summary>
    internal void Abort(CancellationToken because) => _core.Abort(because);

    /// <summary>Whether this stream threw an exception.</summary>
    internal bool Refused(StreamClosedException exception) => exception.Origin == _core;

    /// <summary>Adds several subscriptions in one step: no value commits between them.</summary>
    internal StreamSubscription<T>[] SubscribeAll(ReadOnlySpan<SubscriptionOptions> options) =>
        Array.ConvertAll(_core.Subscribe(options), member => new StreamSubscription<T>(_core, member));
}
