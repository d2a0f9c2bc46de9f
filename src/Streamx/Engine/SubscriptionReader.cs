using System.Threading.Tasks.Sources;

namespace Streamx.Engine;

/// <summary>The one reader of a subscription: at most one read at a time, and the task its caller awaits.</summary>
internal abstract class SubscriptionReader<T> : AwaitedWaiter, IValueTaskSource<bool>
{
    /// <summary>The stream.</summary>
    private readonly StreamCore<T> _core;

    /// <summary>Whether a read that waited has not been taken by its caller yet. Set under the lock, cleared by the caller.</summary>
    private volatile bool _isReading;

    /// <summary>How many values it was given last; zero for a read that takes none. Guarded by the core's lock until released.</summary>
    private int _taken;

    /// <summary>The position of the first of them.</summary>
    private long _takenPosition;

    /// <summary>Makes the subscription leave, for each token the caller gave.</summary>
    private CancellationTokenRegistration _firstRegistration;

    /// <inheritdoc cref="_firstRegistration"/>
    private CancellationTokenRegistration _secondRegistration;

    protected SubscriptionReader(StreamCore<T> core, Member<T> member)
    {
        _core = core;
        Member = member;
        Observer = member.Observer;
    }

    /// <summary>The exception for a read that begins while another is under way.</summary>
    internal static InvalidOperationException ReadUnderWay() =>
        new("A read of this enumerator is still going on. Await it before the next one.");

    /// <summary>The subscription it reads for.</summary>
    internal Member<T> Member { get; }

    /// <summary>Observes the reads; null for none.</summary>
    internal ReadObserver? Observer { get; }

    /// <summary>The stream.</summary>
    protected StreamCore<T> Core => _core;

    /// <summary>How many values must be there for a read to end, unless no more can come. Set between reads.</summary>
    internal int Needed { get; set; } = 1;

    /// <summary>How many values a read takes at most; zero takes none, and only waits until there are values. Set between reads.</summary>
    internal int Limit { get; set; } = 1;

    /// <summary>The outcome of the read. Guarded by the core's lock until released.</summary>
    internal ReadOutcome Outcome { get; set; }

    /// <summary>Receives values. Called with the core's lock held.</summary>
    /// <param name="values">The stream's values.</param>
    /// <param name="position">The position of the first.</param>
    /// <param name="count">How many.</param>
    internal abstract void Accept(ValueRing<T> values, long position, int count);

    /// <summary>Receives the newest value (<c>Latest</c>). Called with the core's lock held.</summary>
    internal abstract void AcceptNewest(T value);

    /// <summary>
    /// Whether the run it was given last has more values. The next read is then a step in the run, unless the run was revoked.
    /// </summary>
    internal virtual bool IsInRun => false;

    /// <summary>How many values beyond the one in hand it can take as a run; zero for none.</summary>
    internal int RunLimit { get; init; }

    /// <summary>Receives a run: values it may advance through without the lock. Called with the core's lock held.</summary>
    /// <param name="values">The stream's values.</param>
    /// <param name="position">The position of the value in hand; the run is what follows it.</param>
    /// <param name="count">How many values the run has.</param>
    internal virtual void AcceptRun(ValueRing<T> values, long position, int count)
    {
    }

    /// <summary>Clears what was received, which is finished. Called with the core's lock held.</summary>
    protected abstract void Clear();

    /// <summary>Makes the subscription leave as soon as a token is cancelled, also while no read is going on.</summary>
    protected void LeaveOn(CancellationToken first, CancellationToken second = default)
    {
        _firstRegistration = Register(first);
        if (second != first) _secondRegistration = Register(second);
    }

    /// <summary>Leaves.</summary>
    protected void Leave()
    {
        _core.Leave(Member);

        // Not Dispose, which would wait for a callback that may be running user code. A late callback finds that
        // the subscription has left already.
        _firstRegistration.Unregister();
        _secondRegistration.Unregister();
    }

    /// <summary>Begins a read, unless one is going on. Needs the core's lock.</summary>
    internal bool TryBegin()
    {
        if (_isReading) return false;
        Clear();
        return true;
    }

    /// <summary>The task of the read just begun.</summary>
    /// <param name="outcome">The outcome when the lock was released; <see cref="Outcome"/> may have changed since.</param>
    internal ValueTask<bool> AsTask(ReadOutcome outcome) => outcome switch
    {
        ReadOutcome.Waiting => new ValueTask<bool>(this, Version),
        ReadOutcome.Value => new ValueTask<bool>(true),
        _ => Error(outcome) is { } error ? ValueTask.FromException<bool>(error) : new ValueTask<bool>(false),
    };

    /// <summary>Notes that the read waits. Needs the core's lock.</summary>
    internal void BeginWaiting() => _isReading = true;

    /// <summary>Notifies the observer of a read, after the lock was released.</summary>
    /// <param name="finished">How many values it finished.</param>
    /// <param name="outcome">As for <see cref="AsTask"/>.</param>
    internal void NotifyObserver(int finished, ReadOutcome outcome)
    {
        var taken = outcome == ReadOutcome.Value ? _taken : 0;
        if (finished + taken > 0 || outcome == ReadOutcome.Waiting)
            Observer!.Read(finished, taken, _takenPosition, Member.HeldSince, outcome == ReadOutcome.Waiting);
    }

    /// <summary>Notes the values it has been given. Called with the core's lock held.</summary>
    internal void NoteTaken(long position, int count) => (_takenPosition, _taken) = (position, count);

    /// <inheritdoc/>
    protected override Exception? GetError() => Error(Outcome);

    /// <inheritdoc/>
    public bool GetResult(short token)
    {
        BeginTake(token, "read");
        Interleaving.Point("take read result");
        var hasValue = Outcome == ReadOutcome.Value;
        var error = Reset();
        _isReading = false;
        if (hasValue && Observer is not null) NotifyObserver(finished: 0, ReadOutcome.Value);
        ThrowIfAny(error);
        return hasValue;
    }

    private Exception? Error(ReadOutcome outcome) => outcome switch
    {
        ReadOutcome.Faulted => _core.NewFault(),
        ReadOutcome.Left when Member.LeftBecauseOf.CanBeCanceled => new OperationCanceledException(Member.LeftBecauseOf),
        _ => null,
    };

    private CancellationTokenRegistration Register(CancellationToken token) =>
        token.UnsafeRegister(
            static (state, cancelled) =>
            {
                var reader = (SubscriptionReader<T>)state!;
                reader._core.Leave(reader.Member, cancelled);
            },
            this);
}
