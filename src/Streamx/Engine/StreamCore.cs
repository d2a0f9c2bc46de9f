using System.Runtime.CompilerServices;

namespace Streamx.Engine;

/// <summary>The state machine behind <see cref="AsyncStream{T}"/>: every transition, in one total order.</summary>
/// <remarks>
/// <para>One lock makes the order. A transition decides under it, lists whom to release, and releases them after leaving it:
/// no user code runs while it is held. States, transitions and invariants are written down in <c>DESIGN.md</c>.</para>
/// <para>This file is long because the transitions only make sense beside each other.</para>
/// </remarks>
internal sealed partial class StreamCore<T>
{
    /// <summary>Guards everything below but the settings.</summary>
    private readonly Gate _gate = new();

    /// <summary>What happens to puts while nobody gates.</summary>
    private readonly NoSubscribers _whenNoSubscribers;

    /// <summary>Whether released continuations may run on the releasing thread.</summary>
    private readonly bool _inline;

    /// <summary>The continuations that are to run on the thread pool.</summary>
    private readonly ContinuationQueue _continuations;

    /// <summary>The subscriptions.</summary>
    private readonly Membership<T> _members = new();

    /// <summary>Measures waits, and says since when a value has been held.</summary>
    private readonly CoarseClock _clock;

    /// <summary>The values some gating subscription has not finished.</summary>
    private readonly ValueRing<T> _values = new();

    /// <summary>The puts that wait.</summary>
    private readonly PutQueue<T> _puts = new();

    /// <summary>The flushes that wait, ordered by target.</summary>
    private readonly LinkedList<FlushWaiter> _flushes = [];

    /// <summary>Whoever awaits the end.</summary>
    private readonly DrainSignal _end = new();

    /// <summary>Tells a host of the fault before the drain is over.</summary>
    private readonly TaskCompletionSource<Exception> _faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where the stream is in its life.</summary>
    private StreamState _state;

    /// <summary>What the stream was faulted with.</summary>
    private Exception? _fault;

    /// <summary>How many values have been accepted; the position of the next one.</summary>
    private long _accepted;

    /// <summary>How many accepted values nobody was there to see.</summary>
    private long _discarded;

    /// <summary>When the put at the head of the queue got there.</summary>
    private long _headSince;

    /// <summary>Since when the put at the head of the queue has been waiting for one member only, if that is so and has been noted.</summary>
    private long? _soleSince;

    /// <summary>Who follows the puts that bring no observer of their own; null for nobody. Set before the stream is used.</summary>
    private PutObserver? _observer;

    /// <summary>When the stream stopped taking puts, by its clock; zero while it has not.</summary>
    private long _endedAt;

    /// <summary>Whether no value will ever commit again, and waiting reads have been told.</summary>
    private bool _sealed;

    /// <summary>How many members have a read that waits.</summary>
    private int _waitingReads;

    /// <summary>How many members have a run handed out, in which they advance without the lock.</summary>
    private int _runs;

    /// <summary>The position up to which readers report their steps within a run, because someone waits for it. Written under the lock.</summary>
    private long _wanted;

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
            throw new ArgumentOutOfRangeException(nameof(options), options.WhenNoSubscribers, "WhenNoSubscribers must be Wait, Discard or Throw.");

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
            using (_gate.Enter()) return _state;
        }
    }

    /// <summary>How many subscriptions have not left.</summary>
    internal int SubscriptionCount
    {
        get
        {
            using (_gate.Enter()) return _members.Count;
        }
    }

    /// <summary>What the stream was faulted with, or null.</summary>
    internal Exception? Fault
    {
        get
        {
            using (_gate.Enter()) return _fault;
        }
    }

    /// <summary>Takes the lock for a transition, having asked the clock before: it may be user code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Gate.Scope Enter()
    {
        if (_clock.IsSystem) return _gate.Enter();
        var said = _clock.Read();
        var scope = _gate.Enter();
        _clock.Set(said);
        return scope;
    }
}
