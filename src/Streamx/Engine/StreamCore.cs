using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <summary>The state machine behind <see cref="AsyncStream{T}"/>: every transition, in one total order.</summary>
/// <remarks>
/// <para>One lock makes the order. A transition decides under it, lists the waiters to release, and releases them after it:
/// no user code runs while it is held. States, transitions and invariants are described in <c>DESIGN.md</c>.</para>
/// <para>This file is long because the transitions only make sense beside each other.</para>
/// </remarks>
internal sealed partial class StreamCore<T>
{
    /// <summary>Guards all fields below except the settings.</summary>
    private readonly YieldingSpinLock _lock = new();

    /// <summary>What happens to puts while no subscription gates.</summary>
    private readonly NoSubscribers _whenNoSubscribers;

    /// <summary>Whether released continuations may run on the releasing thread.</summary>
    private readonly bool _inline;

    /// <summary>Runs continuations on the thread pool.</summary>
    private readonly ContinuationQueue _continuations;

    /// <summary>The subscriptions.</summary>
    private readonly Membership<T> _members = new();

    /// <summary>Measures waits, and marks when values are taken.</summary>
    private readonly CoarseClock _clock;

    /// <summary>The values that a gating subscription has not finished.</summary>
    private readonly ValueRing<T> _values = new();

    /// <summary>The puts that wait.</summary>
    private readonly PutQueue<T> _puts = new();

    /// <summary>The flushes that wait, ordered by target.</summary>
    private readonly LinkedList<FlushWaiter> _flushes = [];

    /// <summary>Completes the tasks that await the end.</summary>
    private readonly DrainSignal _end = new();

    /// <summary>Completes with the fault, before the drain is over.</summary>
    private readonly TaskCompletionSource<Exception> _faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where the stream is in its life.</summary>
    private StreamState _state;

    /// <summary>What the stream was faulted with.</summary>
    private Exception? _fault;

    /// <summary>How many values have been accepted; the position of the next one.</summary>
    private long _accepted;

    /// <summary>How many accepted values had no gating subscription.</summary>
    private long _discarded;

    /// <summary>Since when the put at the head of the queue has been there.</summary>
    private long _headSince;

    /// <summary>
    /// Since when the put at the head of the queue has waited for one member only; null if it does not, or that has not been noted.
    /// </summary>
    private long? _soleSince;

    /// <summary>Observes the puts that bring no observer of their own; null for none. Set before the stream is used.</summary>
    private PutObserver? _observer;

    /// <summary>When the stream stopped taking puts, by its clock; zero before.</summary>
    private long _endedAt;

    /// <summary>Whether no value can commit any more, and waiting reads have ended.</summary>
    private bool _sealed;

    /// <summary>How many members have a read that waits.</summary>
    private int _waitingReads;

    /// <summary>How many members have a run, in which they advance without the lock.</summary>
    private int _runs;

    /// <summary>
    /// The position that waiting puts and flushes need finished: up to it readers report their steps within a run. Written under the
    /// lock.
    /// </summary>
    private AwaitedLine _awaited;

    /// <summary>How many subscriptions have been given a number for a name.</summary>
    private int _numberedSubscriptions;

    internal StreamCore(AsyncStreamOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.TimeProvider is null) throw new ArgumentNullException(nameof(options), "TimeProvider must not be null.");
        if (options.Window is < AsyncStreamOptions.MinWindow or > AsyncStreamOptions.MaxWindow)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.Window,
                $"Window must be between {AsyncStreamOptions.MinWindow} and {AsyncStreamOptions.MaxWindow}, but is {options.Window}.");
        }

        if (!Enum.IsDefined(options.WhenNoSubscribers))
            {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.WhenNoSubscribers, "WhenNoSubscribers must be Wait, Discard or Throw.");
        }

        Name = options.Name ?? typeof(T).Name;
        Window = options.Window;
        TimeProvider = options.TimeProvider;
        _continuations = new ContinuationQueue(Window);
        _clock = new CoarseClock(TimeProvider);
        _whenNoSubscribers = options.WhenNoSubscribers;
        _inline = options.AllowSynchronousContinuations;
    }

    /// <summary>The stream's name.</summary>
    internal string Name { get; }

    /// <summary>How many values may be put but not yet finished by the slowest gating member.</summary>
    internal int Window { get; }

    /// <summary>The clock.</summary>
    internal TimeProvider TimeProvider { get; }

    /// <summary>Ends when drained; never faults.</summary>
    internal Task Drained => _end.Drained;

    /// <summary>Ends when drained; faults with the stream.</summary>
    internal Task Completion => _end.Completion;

    /// <summary>Ends with the fault as soon as there is one.</summary>
    internal Task<Exception> WhenFaulted => _faulted.Task;

    /// <summary>Where the stream is in its life.</summary>
    internal StreamState State
    {
        get
        {
            using (_lock.Enter()) return _state;
        }
    }

    /// <summary>How many subscriptions have not left.</summary>
    internal int SubscriptionCount
    {
        get
        {
            using (_lock.Enter()) return _members.Count;
        }
    }

    /// <summary>What the stream was faulted with, or null.</summary>
    internal Exception? Fault
    {
        get
        {
            using (_lock.Enter()) return _fault;
        }
    }

    /// <summary>Takes the lock for a transition, having asked the clock before: it may be user code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private YieldingSpinLock.Scope Enter()
    {
        if (_clock.IsSystem) return _lock.Enter();
        var said = _clock.Read();
        var scope = _lock.Enter();
        _clock.Set(said);
        return scope;
    }
}
