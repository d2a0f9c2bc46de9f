using System.Text;
using Streamx.Tests.Exploration.Checks;
using Streamx.Tests.Exploration.Scheduling;

namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>What a scenario is made of: one stream, logical threads, and a record of everything its callers saw.</summary>
/// <param name="isPlain">Whether the stream's values are plain numbers; otherwise references.</param>
internal sealed partial class World(bool isPlain)
{
    private readonly List<LogicalThread> _threads = [];
    private readonly List<Action> _expectations = [];
    private readonly Exception _error = new InvalidDataException("The fault.");
    private Execution? _execution;
    private int _pointsAtBoundary;
    private long _now;
    private bool _inline;

    /// <summary>The stream's clock.</summary>
    internal StepClock Clock { get; } = new();

    /// <summary>The stream.</summary>
    internal IExploredStream Stream { get; private set; } = null!;

    /// <summary>What its settings say about puts without subscriptions.</summary>
    internal NoSubscribers WhenNoSubscribers { get; private set; }

    /// <summary>Every put made.</summary>
    internal List<PutRecord> Puts { get; } = [];

    /// <summary>All subscriptions made.</summary>
    internal List<Consumer> Consumers { get; } = [];

    /// <summary>Every flush made.</summary>
    internal List<Call> Flushes { get; } = [];

    /// <summary>Every close made.</summary>
    internal List<Call> Closes { get; } = [];

    /// <summary>Every fault made.</summary>
    internal List<Call> Faults { get; } = [];

    /// <summary>How many logical threads there are.</summary>
    internal int ThreadCount => _threads.Count;

    /// <summary>Creates the stream.</summary>
    /// <param name="window">Its window.</param>
    /// <param name="inline">Whether continuations run where they are released.</param>
    /// <param name="whenNoSubscribers">What happens to puts without subscriptions.</param>
    internal void Open(int window = 1, bool inline = false, NoSubscribers whenNoSubscribers = NoSubscribers.Wait)
    {
        _inline = inline;
        WhenNoSubscribers = whenNoSubscribers;
        var options = new AsyncStreamOptions
        {
            Name = "explored",
            Window = window,
            WhenNoSubscribers = whenNoSubscribers,
            AllowSynchronousContinuations = inline,
            TimeProvider = Clock,
        };
        Stream = isPlain
            ? new ExploredStream<int>(new AsyncStream<int>(options), number => number, number => number)
            : new ExploredStream<Item>(new AsyncStream<Item>(options), number => new Item(number), item => item?.Number ?? 0);
    }

    /// <summary>Adds a logical thread.</summary>
    internal void Run(Func<Task> body) => _threads.Add(new LogicalThread((byte)_threads.Count, body, isLast: false));

    /// <summary>Adds a logical thread whose operations do not wait.</summary>
    internal void Run(Action body) => Run(() =>
    {
        body();
        return Task.CompletedTask;
    });

    /// <summary>Adds a logical thread that starts when all others have finished or wait.</summary>
    internal void Last(Func<Task> body) => _threads.Add(new LogicalThread((byte)_threads.Count, body, isLast: true));

    /// <summary>Adds a check of the end that only this scenario has.</summary>
    internal void Expect(Func<bool> holds, string otherwise) => _expectations.Add(() => FindingException.Unless(holds(), otherwise));

    /// <summary>The time of the next event.</summary>
    internal long Tick() => ++_now;

    /// <summary>Begins an operation: the last one, if it came to no point itself, is one.</summary>
    internal void Boundary()
    {
        if (_execution is null) return;
        if (_execution.PointsPassed == _pointsAtBoundary) _execution.Point("next operation");
        _pointsAtBoundary = _execution.PointsPassed;
    }

    /// <summary>Puts a value.</summary>
    internal async Task<PutResult> PutAsync(int value, CancellationRecord? cancellation = null)
    {
        Boundary();
        var put = new PutRecord(value, Tick(), cancellation);
        Puts.Add(put);
        await AwaitPutAsync([put], () => Stream.PutAsync(value, cancellation?.Token ?? default));
        return put.Result;
    }

    /// <summary>Puts values as one call.</summary>
    internal async Task PutManyAsync(int[] values, CancellationRecord? cancellation = null)
    {
        Boundary();
        var (asked, many) = (Tick(), new ManyCall(values));
        var puts = Array.ConvertAll(values, value => new PutRecord(value, asked, cancellation) { Many = many });
        Puts.AddRange(puts);
        await AwaitPutAsync(puts, () => Stream.PutManyAsync(values, cancellation?.Token ?? default));
    }

    /// <summary>Puts a value if it can commit now.</summary>
    internal bool TryPut(int value)
    {
        Boundary();
        var put = new PutRecord(value, Tick(), null);
        Puts.Add(put);
        put.Result = Stream.TryPut(value) ? PutResult.Committed : PutResult.Refused;
        put.Answered = Tick();
        return put.Result == PutResult.Committed;
    }

    /// <summary>Cancels a token.</summary>
    internal void Cancel(CancellationRecord cancellation)
    {
        Boundary();
        cancellation.Cancel(this);
        _execution?.AwaitStuck();
    }

    /// <summary>Flushes.</summary>
    internal async Task FlushAsync()
    {
        Boundary();
        var call = new Call("flush", Tick());
        Flushes.Add(call);
        try
        {
            var task = Stream.FlushAsync().AsTask();
            call.Returned = Tick();
            await OnContext(task);
            call.Succeeded = true;
        }
        catch (StreamFaultedException error)
        {
            CheckFault(error);
        }

        call.Answered = Tick();
    }

    /// <summary>Closes, and waits for the drain.</summary>
    internal async Task CloseAsync()
    {
        var (call, task) = StartClose();
        await OnContext(task);
        call.Answered = Tick();
        call.Succeeded = true;
    }

    /// <summary>Closes and does not wait.</summary>
    internal void BeginClose() => StartClose();

    /// <summary>Faults.</summary>
    internal bool Fault()
    {
        Boundary();
        var call = new Call("fault", Tick());
        Faults.Add(call);
        call.Succeeded = Stream.TryFault(_error);
        call.Returned = call.Answered = Tick();
        if (!call.Succeeded) return false;
        var accepted = Stream.GetSnapshot().ValuesPut;
        Expect(() => Stream.GetSnapshot().ValuesPut == accepted, "A value was accepted after the fault.");
        return true;
    }

    /// <summary>Looks at the stream, which must be in order.</summary>
    internal void Look()
    {
        Boundary();
        foreach (var subscription in Stream.GetSnapshot().Subscriptions)
        {
            FindingException.Unless(
                subscription.Mode == SubscriptionMode.Latest || subscription.Lag <= Stream.Window,
                $"It lags by more than the window: {subscription}.");
        }
    }

    /// <summary>Lets time pass.</summary>
    internal void PassTime(TimeSpan time)
    {
        Boundary();
        Clock.Pass(time);
    }

    /// <summary>Checks that what was thrown is the fault.</summary>
    internal void CheckFault(StreamFaultedException error) =>
        FindingException.Unless(error.InnerException == _error, "The fault that was thrown is not the one that was given.");

    /// <summary>Prepares one run of what has been arranged.</summary>
    internal Execution CreateExecution(byte[] schedule) => _execution = new Execution(_threads, schedule, _inline, AtRest);

    /// <summary>The record, for a report.</summary>
    internal string Describe()
    {
        var text = new StringBuilder();
        foreach (var thread in _threads) text.Append(thread.Letter).Append(" is at ").Append(thread.At).Append("; ");
        text.AppendLine();
        foreach (var put in Puts) text.AppendLine(put.ToString());
        foreach (var consumer in Consumers) text.AppendLine(consumer.ToString());
        foreach (var call in Flushes.Concat(Closes).Concat(Faults)) text.AppendLine(call.ToString());
        try
        {
            var snapshot = Stream.GetSnapshot();
            text.AppendLine(snapshot.ToString());
            foreach (var subscription in snapshot.Subscriptions) text.AppendLine(subscription.ToString());
        }
        catch (Exception error)
        {
            text.AppendLine(error.Message);
        }

        return text.ToString();
    }

    private async Task AwaitPutAsync(PutRecord[] puts, Func<ValueTask> start)
    {
        var (accepted, result) = (0, PutResult.Committed);
        try
        {
            var task = start();
            if (!task.IsCompleted)
            {
                var now = Tick();
                foreach (var put in puts) put.PendingSince = now;
            }

            await task;
            accepted = puts.Length;
        }
        catch (StreamPutCanceledException error)
        {
            (accepted, result) = (error.AcceptedCount, PutResult.Cancelled);
        }
        catch (OperationCanceledException)
        {
            result = PutResult.Cancelled;
        }
        catch (StreamFaultedException error)
        {
            CheckFault(error);
            (accepted, result) = (error.AcceptedCount, PutResult.Faulted);
        }
        catch (StreamClosedException error)
        {
            (accepted, result) = (error.AcceptedCount, PutResult.Closed);
        }
        catch (InvalidOperationException)
        {
            result = PutResult.Refused;
        }

        var answered = Tick();
        for (var i = 0; i < puts.Length; i++) (puts[i].Result, puts[i].Answered) = (i < accepted ? PutResult.Committed : result, answered);
        FindingException.Unless(accepted < puts.Length || result == PutResult.Committed, "All was accepted, but the put failed.");
    }

    private (Call Call, Task Task) StartClose()
    {
        Boundary();
        var call = new Call("close", Tick());
        Closes.Add(call);
        var task = Stream.CloseAsync();
        call.Returned = Tick();
        return (call, task);
    }

    private ContextAwaitable OnContext(Task task) => new(task, _execution!.CurrentContext);

    private string? AtRest(bool everyoneFinished)
    {
        var snapshot = Stream.GetSnapshot();
        RestCheck.Check(this, snapshot);
        OrderCheck.Check(this, snapshot);
        PutCheck.Check(this);
        ConsumerCheck.Check(this, snapshot);
        if (!everyoneFinished || _threads.Exists(thread => thread.State == LogicalState.Dormant)) return null;
        EndCheck.Check(this, snapshot);
        foreach (var expectation in _expectations) expectation();
        return null;
    }
}
