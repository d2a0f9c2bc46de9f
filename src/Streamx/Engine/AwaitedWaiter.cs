using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Streamx.Engine;

/// <summary>A waiter that is itself the source of the task its caller awaits, again and again.</summary>
/// <remarks>
/// <para>What <see cref="ManualResetValueTaskSourceCore{TResult}"/> does, but completing is separate from running the continuation, so that
/// a thread that completes several waiters can have all their continuations run by few work items (<see cref="ContinuationQueue"/>).</para>
/// <para>One word, <see cref="_continuation"/>, is the state: null, not awaited yet; a continuation, awaited;
/// <see cref="s_completed"/>, the result may be taken. Completing exchanges it, awaiting compares and exchanges it, so exactly
/// one of the two sides finds that the other has been there, and schedules the continuation. After the exchange the completing side
/// touches the waiter only if it found a continuation, which has to run before the waiter can be reused.</para>
/// </remarks>
internal abstract class AwaitedWaiter : Waiter, IThreadPoolWorkItem
{
    /// <summary>Marks that the result may be taken.</summary>
    private static readonly Action<object?> s_completed =
        static _ => throw new InvalidOperationException("The completion marker must not be invoked.");

    /// <summary>The state; see the class.</summary>
    private Action<object?>? _continuation;

    /// <summary>The continuation to run. Written by the side that finds both a continuation and the result.</summary>
    private Action<object?>? _due;

    /// <summary>The argument of the continuation.</summary>
    private object? _state;

    /// <summary>The context or scheduler in which the continuation asked to run; null for none.</summary>
    private object? _context;

    /// <summary>The execution context the continuation asked to run in; null if it restores its own, as <c>await</c> does.</summary>
    private ExecutionContext? _executionContext;

    /// <summary>Why there is no result; null when there is.</summary>
    private Exception? _error;

    /// <summary>Whether a continuation has been given and has not begun. Until it begins the result may not be taken.</summary>
    private volatile bool _isAwaited;

    /// <inheritdoc cref="Version"/>
    private short _version;

    /// <summary>Distinguishes this task from earlier ones. The thread that raises it takes the result.</summary>
    internal short Version => Volatile.Read(ref _version);

    /// <summary>Whether the result may be taken.</summary>
    internal bool IsCompleted => Volatile.Read(ref _continuation) == s_completed;

    /// <summary>Whether its continuation never runs on the releasing thread.</summary>
    internal virtual bool RunsApart => false;

    /// <summary>Why there is no result, or null. Called once, with the outcome decided and the core's lock free.</summary>
    protected abstract Exception? GetError();

    /// <inheritdoc/>
    internal sealed override AwaitedWaiter? Complete()
    {
        _error = GetError();
        if (Interlocked.Exchange(ref _continuation, s_completed) is not { } continuation) return null;
        if (continuation == s_completed) throw new InvalidOperationException("A waiter was released twice.");
        _due = continuation;
        if (_context is null) return this;
        Post();
        return null;
    }

    /// <summary>Runs the continuation, on this thread and now.</summary>
    internal void Resume()
    {
        var (continuation, state, context) = (_due!, _state, _executionContext);
        _due = null;
        _state = _context = _executionContext = null;
        // From here on the waiter may be reused by another put or read.
        _isAwaited = false;
        if (context is null) continuation(state);
        else ExecutionContext.Run(context, new ContextCallback(continuation), state);
    }

    /// <summary>Has the thread pool run the continuation.</summary>
    internal void Queue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => Resume();

    /// <inheritdoc cref="IValueTaskSource.GetStatus"/>
    public ValueTaskSourceStatus GetStatus(short token)
    {
        Validate(token);
        if (!IsCompleted) return ValueTaskSourceStatus.Pending;
        return _error switch
        {
            null => ValueTaskSourceStatus.Succeeded,
            OperationCanceledException => ValueTaskSourceStatus.Canceled,
            _ => ValueTaskSourceStatus.Faulted,
        };
    }

    /// <inheritdoc cref="IValueTaskSource.OnCompleted"/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ArgumentNullException.ThrowIfNull(continuation);
        Validate(token);
        if (_isAwaited) throw new InvalidOperationException("This is being awaited already. A ValueTask may be awaited once.");
        _isAwaited = true;
        _state = state;
        if (Has(ValueTaskSourceOnCompletedFlags.FlowExecutionContext)) _executionContext = ExecutionContext.Capture();
        if (Has(ValueTaskSourceOnCompletedFlags.UseSchedulingContext)) _context = CaptureContext();

        var before = Interlocked.CompareExchange(ref _continuation, continuation, null);
        if (before is null) return;
        // It completed in the meantime. Not run inline: the caller has not returned yet.
        _due = continuation;
        if (_context is null) Queue();
        else Post();

        // Not Enum.HasFlag, which allocates until the method has been optimised.
        bool Has(ValueTaskSourceOnCompletedFlags flag) => (flags & flag) == flag;
    }

    /// <summary>Takes the result for this caller, if it may be taken.</summary>
    /// <param name="token">The version the caller's task was made with.</param>
    /// <param name="what">The operation, for the message.</param>
    protected void BeginTake(short token, string what)
    {
        Validate(token);
        if (!IsCompleted || _isAwaited)
            throw new InvalidOperationException($"The result of a {what} was taken before the {what} had completed. Await it instead.");
        // Two threads may get here if the task is misused. Only one may go on, because the waiter is then reused.
        if (Interlocked.CompareExchange(ref _version, unchecked((short)(token + 1)), token) != token) ThrowTaken();
    }

    /// <summary>Makes it ready for the next task. Called by the thread that takes the result, after <see cref="BeginTake"/>.</summary>
    /// <returns>Why there is no result, or null.</returns>
    protected Exception? Reset()
    {
        var error = _error;
        _error = null;
        Volatile.Write(ref _continuation, null);
        return error;
    }

    private static object? CaptureContext()
    {
        if (SynchronizationContext.Current is { } context && context.GetType() != typeof(SynchronizationContext)) return context;
        return TaskScheduler.Current is var scheduler && scheduler != TaskScheduler.Default ? scheduler : null;
    }

    private void Post()
    {
        if (_context is not SynchronizationContext context)
        {
            // A work item would capture the execution context of the completing side, which must not flow to the awaiting side.
            using AsyncFlowControl? suppressed = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
            _ = Task.Factory.StartNew(
                static state => ((AwaitedWaiter)state!).Resume(),
                this,
                CancellationToken.None,
                TaskCreationOptions.DenyChildAttach,
                (TaskScheduler)_context!);
            return;
        }

#pragma warning disable VSTHRD001 // The awaiting side chose this context; nothing here waits for it.
        context.Post(static state => ((AwaitedWaiter)state!).Resume(), this);
#pragma warning restore VSTHRD001
    }

    private void Validate(short token)
    {
        if (token != Version) ThrowTaken();
    }

    private static void ThrowTaken() =>
        throw new InvalidOperationException("The result of this operation has been taken already. A ValueTask may be awaited once.");

    /// <summary>Throws an error, if there is one.</summary>
    protected static void ThrowIfAny(Exception? error)
    {
        if (error is not null) ExceptionDispatchInfo.Throw(error);
    }
}
