using System.Collections.Concurrent;
using System.Globalization;
using Streamx.Hosting.Tests.Simulation;
using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>A producer resumes its source: each value is in the stream once, whatever step between processes and the store goes wrong.</summary>
[Collection(SimulationCollection.Name)]
public sealed class ResumableFaultTests
{
    private const string Name = "numbers";
    private const int Last = 12;
    private const int Window = 3;

    private readonly SimulatedClock _clock = new();
    private readonly FaultScript _faults = new();
    private readonly InMemoryStore _store;

    /// <summary>The values by their numbers in the stream, as consumers see them.</summary>
    private readonly ConcurrentDictionary<long, int> _values = new();

    public ResumableFaultTests() => _store = new InMemoryStore(_clock) { Faults = _faults, Lease = TimeSpan.FromMilliseconds(30) };

    public static TheoryData<int, int, int, bool> Faults
    {
        get
        {
            var data = new TheoryData<int, int, int, bool>();
            FaultPoint[] points = [FaultPoint.Lead, FaultPoint.Grant, FaultPoint.Append, FaultPoint.Tell, FaultPoint.Report, FaultPoint.End];
            // Where the epoch begins, and where the bookmark is read.
            foreach (var kind in Enum.GetValues<FaultKind>())
                foreach (var earlier in new[] { 0, 1 }) data.Add((int)FaultPoint.Begin, (int)kind, earlier, false);
            foreach (var point in points)
                foreach (var kind in Enum.GetValues<FaultKind>())
                    foreach (var earlier in point is FaultPoint.Lead or FaultPoint.Grant or FaultPoint.End ? new[] { 0 } : [0, 1, 2, 5])
                        foreach (var isConcurrent in new[] { false, true }) data.Add((int)point, (int)kind, earlier, isConcurrent);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Step_GoesWrong_EachValueIsInTheStreamOnce(int point, int kind, int earlier, bool isConcurrent)
    {
        await Task.Yield();
        await _store.CreateProcess().RegisterAsync(["a"], default);
        for (var i = 0; i < earlier; i++) _faults.Next((FaultPoint)point, default);
        _faults.Next((FaultPoint)point, new Fault((FaultKind)kind));
        await using var consumer = BuildConsumer();
        await using var producer = Build("producer", isConcurrent ? ProduceTogetherAsync : ProduceAsync);

        await _clock.UntilAsync(Task.WhenAll(consumer.StartAsync(), producer.StartAsync()));
        var ending = Task.WhenAll(consumer.EndAsync(), producer.EndAsync());
        await _clock.UntilAsync(ending);

        Assert.All(await ending, report => Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome));
        AssertOnce();
    }

    [Theory]
    [InlineData((int)FaultKind.LoseBefore)]
    [InlineData((int)FaultKind.LoseAfter)]
    public async Task TermLost_AnotherProcessResumes_AndThisOneWithItsBookmarkLater(int kind)
    {
        await Task.Yield();
        await _store.CreateProcess().RegisterAsync(["a"], default);
        var (first, second) = (_store.CreateProcess("first"), _store.CreateProcess("second"));
        foreach (var process in new[] { first, second })
        {
            for (var i = 0; i < 3; i++) _faults.Next(FaultPoint.Append, default, process);
            _faults.Next(FaultPoint.Append, new Fault((FaultKind)kind), process);
        }

        await using var consumer = BuildConsumer();
        await using var one = Build(first, ProduceAsync);
        await _clock.UntilAsync(Task.WhenAll(consumer.StartAsync(), one.StartAsync()));
        await using var other = Build(second, ProduceAsync);
        await _clock.UntilAsync(other.StartAsync());
        var ending = Task.WhenAll(consumer.EndAsync(), one.EndAsync(), other.EndAsync());
        await _clock.UntilAsync(ending);

        Assert.All(await ending, report => Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome));
        AssertOnce();
    }

    [Fact]
    public async Task TermLost_TokenIsCancelledAndPutsOfTheRunAreRefused()
    {
        await Task.Yield();
        var process = _store.CreateProcess("producer");
        List<string> course = [];
        var runs = 0;
        await using var consumer = BuildConsumer();
        await using var producer = Build(process, async (puts, token) =>
        {
            var resumable = puts.AsResumable();
            if (++runs == 2)
            {
                course.Add($"resumes at {resumable.Bookmark}");
                await resumable.PutAsync(Last, $"{Last}", token);
                return;
            }

            await resumable.PutAsync(1, "1", token);
            process.Disconnect();
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (token.Register(cancelled.SetResult)) await cancelled.Task;
            course.Add("cancelled");
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => resumable.PutAsync(2, "2", default).AsTask());
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => puts.PutManyAsync(new[] { 3, 4 }, default).AsTask());
            Assert.False(puts.TryPut(5));
            course.Add("refused");
            throw new OperationCanceledException("It obeys.");
        });

        await _clock.UntilAsync(Task.WhenAll(consumer.StartAsync(), producer.StartAsync()));
        var ending = Task.WhenAll(consumer.EndAsync(), producer.EndAsync());
        await _clock.UntilAsync(ending);

        Assert.Equal(["cancelled", "refused", "resumes at 1"], course);
        Assert.Equal([1, Last], _values.OrderBy(value => value.Key).Select(value => value.Value));
        Assert.Equal(0, Assert.Single(producer.Status.Producers).Faults);
    }

    [Fact]
    public async Task PutMany_NoMoreThanTheWindow_IsInOneAppendWithItsBookmark()
    {
        await Task.Yield();
        await using var consumer = BuildConsumer();
        await using var producer = Build("producer", async (puts, token) =>
        {
            var resumable = puts.AsResumable();
            var from = Next(resumable);
            // The first is lost with all of its values, although there would be room for some of them before.
            if (from == 1) _faults.Next(FaultPoint.Append, default);
            if (from == 1) _faults.Next(FaultPoint.Append, new Fault(FaultKind.LoseBefore));
            for (var value = from; value <= Last; value += Window)
                await resumable.PutManyAsync(Enumerable.Range(value, Window).ToArray(), $"{value + Window - 1}", token);
        });

        await _clock.UntilAsync(Task.WhenAll(consumer.StartAsync(), producer.StartAsync()));
        var ending = Task.WhenAll(consumer.EndAsync(), producer.EndAsync());
        await _clock.UntilAsync(ending);

        AssertOnce();
    }

    private static int Next(IResumableWriter<int> puts) => int.Parse(puts.Bookmark ?? "0", CultureInfo.InvariantCulture) + 1;

    private static async Task ProduceAsync(IStreamWriter<int> puts, CancellationToken token)
    {
        var resumable = puts.AsResumable();
        // Without the token: the writer knows that the term is over.
        for (var value = Next(resumable); value <= Last; value++) await resumable.PutAsync(value, $"{value}", default);
    }

    private static async Task ProduceTogetherAsync(IStreamWriter<int> puts, CancellationToken token)
    {
        var resumable = puts.AsResumable();
        await Task.WhenAll(Enumerable.Range(1, Last).Skip(Next(resumable) - 1).Select(value => resumable.PutAsync(value, $"{value}", token).AsTask()));
    }

    private void AssertOnce()
    {
        Assert.Equal(Enumerable.Range(1, Last), _values.OrderBy(value => value.Key).Select(value => value.Value));
        Assert.Equal(0, _faults.Pending);
        Assert.Null(_store.Problem);
    }

    private Pod BuildConsumer() => Build("consumer", stream => stream.AddConsumer("a", (value, _) =>
    {
        Assert.Equal(value, _values.GetOrAdd(StreamxDelivery.Current!.Sequence, value));
        return default;
    }));

    private Pod Build(string process, Func<IStreamWriter<int>, CancellationToken, Task> produce) => Build(_store.CreateProcess(process), produce);

    private Pod Build(InMemoryTransport process, Func<IStreamWriter<int>, CancellationToken, Task> produce) =>
        Build(process, stream => stream.AddProducer("feed", produce));

    private Pod Build(string process, Action<IStreamxBuilder<int>> add) => Build(_store.CreateProcess(process), add);

    private Pod Build(InMemoryTransport process, Action<IStreamxBuilder<int>> add) => Pod.Build(
        Name,
        stream =>
        {
            stream.Services.AddSingleton<TimeProvider>(_clock);
            add(stream.UseInMemory(process));
        },
        o => (o.Window, o.StopHostWhenCompleted) = (Window, true));
}
