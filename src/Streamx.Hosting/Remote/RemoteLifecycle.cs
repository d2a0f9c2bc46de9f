using System.Diagnostics;

namespace Streamx.Hosting.Remote;

/// <summary>The state machine of a stream whose values another process may hold: it ends as an <see cref="AsyncStream{T}"/> does.</summary>
/// <remarks>
/// <para>Between the close and the end this process does what it still has to do for the stream. <see cref="Complete"/> marks that it has
/// done so, as finishing the last value marks it for a stream in one process.</para>
/// <list type="table">
/// <listheader><term>State</term><description>Transitions; every other call changes nothing</description></listheader>
/// <item><term>Open</term><description><see cref="Close"/>: Closing. <see cref="TryFault"/>: Faulted. <see cref="Complete"/>:
/// Closed.</description></item>
/// <item><term>Closing</term><description><see cref="TryFault"/>: Faulted. <see cref="Complete"/>: Closed.</description></item>
/// <item><term>Closed</term><description>The end.</description></item>
/// <item><term>Faulted</term><description>The end; <see cref="Complete"/> ends <see cref="Drained"/>.</description></item>
/// </list>
/// <para>Invariants. There is a fault exactly if the state is Faulted. The time of the end is that of the step that left Open. Once it
/// is complete it is Closed or Faulted. <see cref="Drained"/> and <see cref="WhenFaulted"/> end right after the step they stand for,
/// outside the lock.</para>
/// <para>Safe from any thread.</para>
/// </remarks>
/// <param name="stream">The stream's name.</param>
/// <param name="clock">Its clock.</param>
internal sealed class RemoteLifecycle(string stream, TimeProvider clock)
{
    /// <summary>Guards everything below but the tasks. No user code runs under it: the clock is read before.</summary>
    private readonly Lock _lock = new();

    private readonly TaskCompletionSource<Exception> _faulted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StreamState _state;
    private Exception? _fault;

    /// <summary>When the stream stopped taking puts, by the clock; null while it takes them.</summary>
    private long? _endedAt;

    /// <summary>Whether this process has nothing left to do for the stream.</summary>
    private bool _isComplete;

    /// <summary>Where the stream is in its life.</summary>
    internal StreamState State
    {
        get
        {
            lock (_lock) return _state;
        }
    }

    /// <summary>The error that faulted it; null while it has not faulted.</summary>
    internal Exception? Fault
    {
        get
        {
            lock (_lock) return _fault;
        }
    }

    /// <summary>Ends with the fault as soon as the stream faults.</summary>
    internal Task<Exception> WhenFaulted => _faulted.Task;

    /// <summary>Ends when this process has nothing left to do for the stream; never faults.</summary>
    internal Task Drained => _drained.Task;

    /// <summary>How long ago the stream stopped taking puts; zero while it takes them.</summary>
    internal TimeSpan SinceEnded
    {
        get
        {
            lock (_lock)
                if (_endedAt is null) return TimeSpan.Zero;
            return clock.GetElapsedTime(_endedAt.Value);
        }
    }

    /// <summary>Takes no more puts.</summary>
    internal void Close()
    {
        var now = clock.GetTimestamp();
        lock (_lock) CloseLocked(now);
    }

    /// <summary>Ends it with an error, unless it has ended.</summary>
    /// <returns>Whether it did.</returns>
    internal bool TryFault(Exception error)
    {
        var now = clock.GetTimestamp();
        lock (_lock)
        {
            if (_state is StreamState.Closed or StreamState.Faulted) return false;
            CloseLocked(now);
            (_state, _fault) = (StreamState.Faulted, error);
            AssertInvariants();
        }

        _faulted.TrySetResult(error);
        return true;
    }

    /// <summary>This process has nothing left to do for the stream, or must do nothing more: the stream closes and ends.</summary>
    internal void Complete()
    {
        var now = clock.GetTimestamp();
        lock (_lock)
        {
            CloseLocked(now);
            if (_state == StreamState.Closing) _state = StreamState.Closed;
            _isComplete = true;
            AssertInvariants();
        }

        _drained.TrySetResult();
    }

    /// <summary>The exception of a put or a flush that is refused once the stream has ended: a new instance for each.</summary>
    internal Exception NewRefusal() => NewRefusal("the value was not accepted", accepted: 0);

    /// <summary>The exception of a put of many values that is refused once the stream has ended.</summary>
    /// <param name="accepted">How many of its values were accepted.</param>
    /// <param name="count">How many it has.</param>
    internal Exception NewRefusal(int accepted, int count) => NewRefusal($"it accepted {accepted} of {count} values", accepted);

    /// <summary>Whether an exception came from <see cref="NewRefusal()"/>.</summary>
    internal bool Refused(StreamClosedException exception) => exception.Origin == this;

    private Exception NewRefusal(string refused, int accepted)
    {
        var fault = Fault;
        return fault is null
            ? new StreamClosedException($"Stream '{stream}' is closed: {refused}.") { Origin = this, AcceptedCount = accepted }
            : new StreamFaultedException(
                $"Stream '{stream}' has faulted; the inner exception says why.", fault) { AcceptedCount = accepted };
    }

    private void CloseLocked(long now)
    {
        AssertInvariants();
        if (_state != StreamState.Open) return;
        (_state, _endedAt) = (StreamState.Closing, now);
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        Debug.Assert(_lock.IsHeldByCurrentThread, "Transitions are made under the lock.");
        Debug.Assert((_fault is null) == (_state != StreamState.Faulted), "There is a fault exactly if the state is Faulted.");
        Debug.Assert((_endedAt is null) == (_state == StreamState.Open), "The end has a time once the stream takes no puts.");
        Debug.Assert(!_isComplete || _state is StreamState.Closed or StreamState.Faulted, "A stream that is complete has ended.");
    }
}
