using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>What producers and consumers of a simulated cluster have seen, checked against what they are promised.</summary>
/// <param name="store">Knows which process is active.</param>
/// <param name="window">The stream's window.</param>
/// <param name="consumers">The registered consumers.</param>
internal sealed class Ledger(InMemoryStore store, int window, IReadOnlyList<string> consumers)
{
    /// <summary>The puts, by their values, in the order in which they began.</summary>
    private readonly OrderedDictionary<int, SimulatedPut> _puts = [];

    private readonly Dictionary<string, ConsumerLedger> _consumers =
        consumers.ToDictionary(name => name, name => new ConsumerLedger(name, window));

    /// <summary>Which value each number stands for, once a consumer has received it.</summary>
    private readonly Dictionary<long, int> _numbers = [];

    /// <summary>The process that was active for each consumer when the step began.</summary>
    private readonly Dictionary<string, InMemoryTransport?> _activeBefore = [];

    private readonly StringBuilder _course = new();

    /// <summary>When that was last, as a reading of the store's clock; null for never.</summary>
    private long? _forgottenAt;

    /// <summary>The epoch in which the store last lost everything; zero for never.</summary>
    private long _lastEpoch;

    /// <summary>Whether the store has lost everything, or all that it knew of a consumer, and so what it had to tell.</summary>
    private bool _hasForgotten;

    /// <summary>What happened, in order; empty unless it is kept.</summary>
    internal string Course => _course.ToString();

    /// <summary>The first promise that was broken; null for none.</summary>
    internal string? Problem { get; private set; }

    /// <summary>How many values were handled.</summary>
    internal int Handled { get; private set; }

    /// <summary>How many of them were handled again.</summary>
    internal int Repeated => _consumers.Values.Sum(consumer => consumer.Repeated);

    /// <summary>Whether the course of events is kept.</summary>
    internal bool KeepsCourse { get; init; }

    /// <summary>Notes something in the course of events, if that is kept.</summary>
    internal void Note([InterpolatedStringHandlerArgument("")] ref CourseNote what)
    {
        if (KeepsCourse) Note(what.Text);
    }

    /// <inheritdoc cref="Note(ref CourseNote)"/>
    internal void Note(string what)
    {
        if (KeepsCourse) _course.Append(CultureInfo.InvariantCulture, $"{store.Clock.GetTimestamp() / TimeSpan.TicksPerMillisecond} {what}\n");
    }

    /// <summary>A step begins.</summary>
    internal void BeginStep()
    {
        foreach (var name in consumers) _activeBefore[name] = store.ActiveOf(name);
    }

    /// <summary>A call begins to put values.</summary>
    internal SimulatedPut[] BeginPuts(SimulatedProcess process, int[] values)
    {
        SimulatedPut[] puts = [.. values.Select((value, index) => new SimulatedPut(process, value, follows: index > 0))];
        foreach (var put in puts) _puts.Add(put.Value, put);
        return puts;
    }

    /// <summary>The call has ended.</summary>
    /// <param name="puts">Its puts.</param>
    /// <param name="error">What it failed with; null for nothing.</param>
    /// <param name="isCancelled">Whether its caller has cancelled it.</param>
    /// <param name="isMany">Whether it says how many values were accepted.</param>
    internal void EndPuts(SimulatedPut[] puts, Exception? error, bool isCancelled, bool isMany)
    {
        if (puts.Length == 0 || puts[0].Process is not { IsDead: false } process) return;
        var accepted = error switch
        {
            null => puts.Length,
            StreamPutCanceledException cancelled => cancelled.AcceptedCount,
            StreamClosedException closed => closed.AcceptedCount,
            StreamFaultedException faulted => faulted.AcceptedCount,
            _ => 0,
        };
        var counts = $"{accepted} of {puts.Length}";
        Note($"{process.Name} {(error is null ? "accepted" : error.GetType().Name)} {puts[0].Value}{(isMany ? $" and on, {counts}" : null)}");
        if (error is not null && accepted >= puts.Length)
        {
            Fail($"The call of {puts[0].Value} failed, and says that {counts} values were accepted: {error.Message}");
            return;
        }

        foreach (var put in puts[..accepted]) put.IsAccepted = true;
        foreach (var put in puts[accepted..]) put.Error = error;
        // A process that came before the end of the stream was decided puts nothing behind it.
        if (error is null || process.IsEnding || (error is StreamClosedException && process.Transport.HasSeenEnd)) return;
        if (!(error is OperationCanceledException && isCancelled))
            Fail($"The put of {puts[accepted].Value} failed in a process that goes on: {error.Message}");
    }

    /// <summary>A flush has ended: everything that was accepted before it began is finished.</summary>
    internal void EndFlush(SimulatedProcess process, IReadOnlyList<SimulatedPut> before)
    {
        foreach (var consumer in _consumers.Values)
            if (before.FirstOrDefault(put => !consumer.HasFinished(put)) is { } missing)
                Fail($"A flush of {process.Name} ended, and '{consumer.Name}' has not finished {missing.Value}.");
    }

    /// <summary>What a process has put so far, and was accepted.</summary>
    internal IReadOnlyList<SimulatedPut> AcceptedOf(SimulatedProcess process) =>
        [.. _puts.Values.Where(put => put.Process == process && put.IsAccepted)];

    /// <summary>A consumer begins to handle a value.</summary>
    internal void BeginValue(string consumer, SimulatedProcess process, int value, StreamxDelivery? delivery, bool isRetry = false)
    {
        if (process.IsDead) return;
        Note($"{process.Name} {consumer} begins {value} as {delivery?.Sequence}{(delivery?.IsRedelivered == true ? " again" : null)}");
        Handled++;
        // A store that has lost everything, or all of a consumer, has lost which process was the active one: that cannot know until its lease is over.
        var isKnown = _forgottenAt is not { } at || store.Clock.GetElapsedTime(at) > 2 * store.Lease;
        if (isKnown && store.ActiveOf(consumer) != process.Transport && _activeBefore.GetValueOrDefault(consumer) != process.Transport)
            Fail($"{process.Name} began value {value} of '{consumer}', which it has no right to any more.");
        // Numbers mean nothing beside those that a store gives which has lost everything.
        if (delivery is not null && delivery.Epoch <= _lastEpoch) delivery = null;
        if (delivery is not null && _numbers.TryGetValue(delivery.Sequence, out var known) && known != value)
            Fail($"Number {delivery.Sequence} is {known} for one consumer and {value} for '{consumer}'.");
        if (delivery is not null) _numbers[delivery.Sequence] = value;
        if (_consumers[consumer].Begin(_puts[value], delivery, isRetry) is { } problem) Fail(problem);
    }

    /// <summary>A consumer has handled a value.</summary>
    internal void EndValue(string consumer, SimulatedProcess process, int value)
    {
        if (!process.IsDead) _consumers[consumer].End(value);
    }

    /// <summary>The store has lost everything.</summary>
    internal void OnWiped()
    {
        _hasForgotten = true;
        _forgottenAt = store.Clock.GetTimestamp();
        _lastEpoch = store.Epoch;
        _numbers.Clear();
        foreach (var put in _puts.Values) put.IsExposed = true;
        foreach (var consumer in _consumers.Values) consumer.Forget();
    }

    /// <summary>A consumer has been retired.</summary>
    internal void OnRetired(string consumer)
    {
        _hasForgotten = true;
        _forgottenAt = store.Clock.GetTimestamp();
        _consumers[consumer].Retire();
    }

    /// <summary>The store has lost a value of a consumer.</summary>
    internal void OnLost(string consumer, int value) => _consumers[consumer].Lose(value);

    /// <summary>What was lost has been said by the processes that were to receive it.</summary>
    internal void CheckLosses(long said)
    {
        var lost = _consumers.Values.Sum(consumer => consumer.Lost);
        if (!_hasForgotten && said < lost) Fail($"{lost} values have been lost, and processes have told of {said}.");
    }

    /// <summary>Notes a broken promise.</summary>
    internal void Fail(string problem) => Problem ??= problem;

    /// <summary>Everything is over: nothing accepted may be missing, nothing withdrawn may have come.</summary>
    internal void CheckEnd()
    {
        foreach (var put in _puts.Values.Where(put => !put.Process.IsDead && !put.IsAccepted && put.Error is null))
            Fail($"The put of {put.Value} by {put.Process.Name} has not ended.");
        foreach (var consumer in _consumers.Values)
        {
            if (_puts.Values.FirstOrDefault(put => put.IsAccepted && !consumer.HasFinished(put)) is { } lost)
                Fail($"Value {lost.Value} was accepted, and '{consumer.Name}' has not finished it.");
            if (_puts.Values.FirstOrDefault(put => put.IsRefused && consumer.HasBegun(put.Value)) is { } refused)
            {
                var what = refused.Error is OperationCanceledException ? "cancelled" : "refused";
                Fail($"The put of {refused.Value} was {what}, and '{consumer.Name}' received it.");
            }
        }
    }
}
