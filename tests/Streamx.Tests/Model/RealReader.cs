using Streamx.Engine;

namespace Streamx.Tests.Model;

/// <summary>One subscription of a real stream, read by value, with a batch size above zero by batch, or several values at once.</summary>
internal sealed class RealReader : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly IAsyncEnumerator<string>? _values;
    private readonly IAsyncEnumerator<StreamBatch<string>>? _batches;

    private readonly ConcurrentReader<string>? _slots;
    private readonly int _slotCount;
    private readonly List<long> _inHand = [];
    private readonly HashSet<long> _notBegun = [];

    internal RealReader(StreamSubscription<string> subscription, int batchSize, int slots)
    {
        Subscription = subscription;
        _slotCount = slots;
        if (slots > 0)
        {
            _slots = subscription.ReadConcurrently(slots, ModelSubscription.BeginsLater(slots), _cancellation.Token);
            _slots.Limit = ModelSubscription.MaxTaken(slots);
        }
        else if (batchSize == 0) _values = subscription.GetAsyncEnumerator(_cancellation.Token);
        else _batches = subscription.ReadBatchesAsync(batchSize, TimeSpan.Zero, _cancellation.Token).GetAsyncEnumerator();
    }

    internal StreamSubscription<string> Subscription { get; }

    internal RealOperation Read(string name)
    {
        var read = _slots?.MoveNextAsync() ?? _values?.MoveNextAsync() ?? _batches!.MoveNextAsync();
        return new RealOperation(name, () => read.IsCompleted, async () => await read ? Outcome.Took(Current()) : Outcome.False);
    }

    internal void Finish(int which)
    {
        if (_inHand.Count == 0) return;
        var place = which % _inHand.Count;
        if (_notBegun.Remove(_inHand[place]))
        {
            _slots!.Begin(_inHand[place]);
            return;
        }

        var hasLeft = !FinishBegun(_inHand[place], which);
        if (hasLeft) _inHand.Clear();
        else _inHand.RemoveAt(place);
    }

    internal void Leave(Leaving how)
    {
        var left = ValueTask.CompletedTask;
        if (how == Leaving.DisposeSubscription) left = Subscription.DisposeAsync();
        else if (how == Leaving.DisposeReader) left = _slots?.DisposeAsync() ?? _values?.DisposeAsync() ?? _batches!.DisposeAsync();
        else _cancellation.Cancel();
        Assert.True(left.IsCompletedSuccessfully);
    }

    public void Dispose() => _cancellation.Dispose();

    private string[] Current()
    {
        if (_slots is null) return _values is null ? _batches!.Current.ToArray() : [_values.Current];
        var taken = _slots.Taken.ToArray();
        var positions = Enumerable.Range(0, taken.Length).Select(index => _slots.Position + index).ToList();
        _inHand.AddRange(positions);
        if (ModelSubscription.BeginsLater(_slotCount)) _notBegun.UnionWith(positions);
        return taken;
    }

    private bool FinishBegun(long position, int which)
    {
        if (_notBegun.Count == 0 || !ModelSubscription.BeginsNext(which)) return _slots!.Finish(position);
        var next = _notBegun.Min();
        _notBegun.Remove(next);
        ReleaseList released = default;
        if (!_slots!.FinishThenBegin([position], [next], _slots.ReadClock(), out _, ref released)) return false;
        _slots.AfterFinish([position], heldSince: 0, ref released);
        return true;
    }
}
