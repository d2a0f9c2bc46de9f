using Streamx.Tests.Support;

namespace Streamx.Tests;

/// <summary>Many producers and readers at once, which cancel and leave at random: what observers were told agrees with the stream.</summary>
public sealed class ObserverLoadTests
{
    private const int Producers = 4;
    private const int PutsEach = 300;

    private readonly RecordedPuts _puts = new();
    private readonly Lock _lock = new();
    private readonly List<(StreamSubscription<int> Subscription, RecordedReads Reads)> _subscriptions = [];

    private int _accepted;
    private int _failed;
    private int _refused;

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(7, true)]
    [InlineData(64, false)]
    public async Task RandomLoad_WhatWasToldAgreesWithTheStream(int window, bool inline)
    {
        for (var round = 0; round < 8; round++)
        {
            var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = window, AllowSynchronousContinuations = inline });
            stream.Observe(_puts);
            stream.MeasuresPrecisely = true;
            // It stays to the end, so that no put waits for a subscription.
            List<Task> readers = [ReadAsync(stream, _ => false), .. Enumerable.Range(0, 2).Select(_ => Task.Run(() => ComeAndGoAsync(stream))), Task.Run(() => ReadBatchesAsync(stream))];

            await Task.WhenAll(Enumerable.Range(0, Producers).Select(_ => Task.Run(() => PutAsync(stream)))).WithinAsync();
            await stream.CloseAsync().WithinAsync();
            await Task.WhenAll(readers).WithinAsync();
        }

        Assert.Equal(_puts.Begun, _accepted + _failed + _refused);
        Assert.Equal(_accepted, _puts.Endings.Count(end => end.Error is null));
        Assert.Equal(_failed, _puts.Endings.Count(end => end.Error is not null));
        Assert.All(_puts.Endings, end => Assert.True(end.Wait.MarginalTicks >= 0 && end.Wait.MarginalTicks <= end.Wait.Ticks, $"{end}"));
        Assert.All(_puts.Endings, end => Assert.True(end.Wait.GatedBy is not null || end.Wait.MarginalTicks == 0, $"{end}"));
        foreach (var (subscription, reads) in _subscriptions)
        {
            var snapshot = subscription.GetSnapshot();
            var waited = _puts.Endings.Where(end => end.Wait.GatedBy == subscription.Name).Sum(end => end.Wait.Ticks);
            Assert.Equal(TimeProvider.System.GetElapsedTime(0, waited), snapshot.TimeGating);
            Assert.Equal((snapshot.ValuesFinished, snapshot.ValuesFinished + snapshot.ValuesAbandoned), (reads.Finished, reads.Taken));
        }

        Assert.Contains(_puts.Endings, end => end.Wait.GatedBy is not null);
    }

    private async Task PutAsync(AsyncStream<int> stream)
    {
        for (var i = 0; i < PutsEach; i++)
        {
            // Now and then the precision changes under way.
            if (Random.Shared.Next(20) == 0) stream.MeasuresPrecisely = !stream.MeasuresPrecisely;
            if (Random.Shared.Next(4) == 0)
            {
                Interlocked.Increment(ref stream.TryPut(i) ? ref _accepted : ref _refused);
                continue;
            }

            using var cancellation = new CancellationTokenSource();
            try
            {
                var put = stream.PutAsync(i, cancellation.Token);
                if (Random.Shared.Next(3) == 0) await Task.Yield();
                if (Random.Shared.Next(3) == 0) await cancellation.CancelAsync();
                await put;
                Interlocked.Increment(ref _accepted);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _failed);
            }
        }
    }

    private async Task ComeAndGoAsync(AsyncStream<int> stream)
    {
        while (stream.State == StreamState.Open) await ReadAsync(stream, taken => Random.Shared.Next(8) == 0 || taken > 50);
    }

    private async Task ReadAsync(AsyncStream<int> stream, Func<int, bool> leaves)
    {
        var subscription = Subscribe(stream);
        var taken = 0;
        using var cancellation = new CancellationTokenSource();
        try
        {
            await foreach (var _ in subscription.WithCancellation(cancellation.Token))
            {
                taken++;
                if (Random.Shared.Next(4) == 0) await Task.Yield();
                if (!leaves(taken)) continue;
                if (taken % 2 == 0) break;
                await cancellation.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // It has left.
        }
    }

    private async Task ReadBatchesAsync(AsyncStream<int> stream)
    {
        await foreach (var _ in Subscribe(stream).ReadBatchesAsync(5, TimeSpan.FromMilliseconds(1))) await Task.Yield();
    }

    private StreamSubscription<int> Subscribe(AsyncStream<int> stream)
    {
        lock (_lock)
        {
            var reads = new RecordedReads();
            var subscription = stream.Subscribe($"reader {_subscriptions.Count}");
            subscription.Observe(reads);
            _subscriptions.Add((subscription, reads));
            return subscription;
        }
    }
}
