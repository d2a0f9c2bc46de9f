using System.Collections.Concurrent;

namespace Streamx.TestUtilities.Backends;

/// <content>Values that handlers finish in transactions of their own, where what keeps the stream can do that.</content>
public abstract partial class StreamBackendContract
{
    /// <summary>What handlers change in transactions of what keeps the stream; null where there are none.</summary>
    private protected virtual IEffects? CreateEffects() => null;

    [Fact]
    public async Task FinishCurrentIn_StreamThatCannot_ThrowsInTheHandlerAndSaysWhatCannot()
    {
        if (CreateEffects() is not null) return;
        var thrown = new ConcurrentQueue<Exception>();
        using var transaction = new ForeignTransaction();
        async ValueTask HandleAsync(int value) =>
            thrown.Enqueue(await Assert.ThrowsAsync<NotSupportedException>(() => StreamxDelivery.FinishCurrentInAsync(transaction)));
        await using var stage = await StartAsync(Ends(2), PutAsync(1, 2), Handler("a", HandleAsync));

        var consumers = await stage.EndAsync();

        Assert.Equal(2, consumers["a"].Finished);
        Assert.Equal(2, thrown.Count);
        Assert.All(thrown, error => Assert.Matches("^(Stream 'numbers' is kept in memory|Streamx.Hosting.[A-Za-z]+ cannot finish values)", error.Message));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FinishCurrentIn_Committed_IsFinishedWhateverTheHandlerThrows(bool throws)
    {
        if (CreateEffects() is not { } effects) return;
        var calls = new Taken();
        async ValueTask HandleAsync(int value)
        {
            await calls.Add(value);
            await FinishInAsync(effects, value);
            if (throws && value % 2 == 0) throw new IOException($"After the commit of {value}.");
        }

        await using var stage = await StartAsync(Ends(4), PutAsync(1, 10), Failing("a", HandleAsync));
        var consumers = await stage.EndAsync();

        Assert.Equal(Enumerable.Range(1, 10), calls.Values);
        Assert.Equal(Enumerable.Range(1, 10), effects.Values);
        Assert.Equal((10, 0), (consumers["a"].Finished, consumers["a"].Skipped));
    }

    [Fact]
    public async Task FinishCurrentIn_NotCommittedAndReturned_IsFinishedAsEver()
    {
        if (CreateEffects() is not { } effects) return;
        var calls = new Taken();
        async ValueTask HandleAsync(int value)
        {
            await calls.Add(value);
            await FinishInAsync(effects, value, commits: value != 2);
        }

        await using var stage = await StartAsync(Ends(2), PutAsync(1, 4), Failing("a", HandleAsync));
        var consumers = await stage.EndAsync();

        Assert.Equal([1, 2, 3, 4], calls.Values);
        Assert.Equal([1, 3, 4], effects.Values);
        Assert.Equal((4, 0), (consumers["a"].Finished, consumers["a"].Skipped));
    }

    [Fact]
    public async Task FinishCurrentIn_NotCommittedAndThrown_IsAFailureLikeAnyOther()
    {
        if (CreateEffects() is not { } effects) return;
        var calls = new Taken();
        async ValueTask HandleAsync(int value)
        {
            await calls.Add(value);
            // The second fails once, the third each time.
            var fails = value == 3 || (value == 2 && calls.Values.Count(call => call == 2) == 1);
            await FinishInAsync(effects, value, commits: !fails);
            if (fails) throw new IOException($"Instead of the commit of {value}.");
        }

        await using var stage = await StartAsync(Ends(2), PutAsync(1, 4), Failing("a", HandleAsync));
        var consumers = await stage.EndAsync();

        Assert.Equal([1, 2, 2, 3, 3, 4], calls.Values);
        Assert.Equal([1, 2, 4], effects.Values);
        Assert.Equal((3, 1), (consumers["a"].Finished, consumers["a"].Skipped));
    }

    [Fact]
    public async Task FinishCurrentIn_WhereItCannotBe_SaysWhy()
    {
        if (CreateEffects() is not { } effects) return;
        var messages = new ConcurrentQueue<string>();
        Func<Task>? later = null;
        async Task RefusedAsync(Func<Task> call) => messages.Enqueue((await Assert.ThrowsAsync<InvalidOperationException>(call)).Message);
        async ValueTask HandleAsync(int value)
        {
            using (var foreign = new ForeignTransaction()) await RefusedAsync(() => StreamxDelivery.FinishCurrentInAsync(foreign));
            using (var over = effects.Begin())
            {
                await over.RollbackAsync();
                await RefusedAsync(() => StreamxDelivery.FinishCurrentInAsync(over));
            }

            using var transaction = effects.Begin();
            effects.Add(transaction, value);
            await StreamxDelivery.FinishCurrentInAsync(transaction);
            await RefusedAsync(() => StreamxDelivery.FinishCurrentInAsync(transaction));
            await transaction.CommitAsync();
            var context = ExecutionContext.Capture()!;
            later = () =>
            {
                Task? call = null;
                ExecutionContext.Run(context, _ => call = StreamxDelivery.FinishCurrentInAsync(transaction), null);
                return call!;
            };
        }

        await using var stage = await StartAsync(Ends(1), PutAsync(1, 1), Handler("a", HandleAsync));
        await stage.EndAsync();
        await RefusedAsync(later!);
        using var outside = new ForeignTransaction();
        await RefusedAsync(() => StreamxDelivery.FinishCurrentInAsync(outside));

        Assert.Equal([1], effects.Values);
        Assert.Collection(
            messages,
            foreign => Assert.Matches("The transaction is (of|one of) ", foreign),
            over => Assert.Contains("transaction is over", over, StringComparison.Ordinal),
            twice => Assert.Contains("has been finished in a transaction already", twice, StringComparison.Ordinal),
            returned => Assert.Contains("The handler has returned", returned, StringComparison.Ordinal),
            none => Assert.Contains("is called by a handler", none, StringComparison.Ordinal));
    }

    [Fact]
    public async Task FinishCurrentIn_Loop_HasNothingInHandToFinish()
    {
        if (CreateEffects() is not { } effects) return;
        await using var stage = await StartAsync(
            Ends(1),
            PutAsync(1, 1),
            ("a", stream =>
            {
                stream.Services.AddSingleton(effects);
                stream.AddStreamConsumer<FinishingLoop>("a");
            }));

        Assert.Equal(1, (await stage.EndAsync())["a"].Finished);
    }

    [Fact]
    public async Task FinishCurrentIn_OfBatches_FinishesEachAsAWhole()
    {
        if (CreateEffects() is not { } effects) return;
        await using var stage = await StartAsync(
            Ends(16),
            PutAsync(1, 100),
            ("a", stream =>
            {
                stream.Services.AddSingleton(effects);
                stream.AddBatchConsumer<FinishingBatches>("a", o =>
                {
                    (o.MaxBatchSize, o.Retry.MaxAttempts, o.Retry.Delay) = (8, 1, TimeSpan.Zero);
                });
            }));

        var consumers = await stage.EndAsync();

        Assert.Equal(Enumerable.Range(1, 100), effects.Values);
        Assert.Equal(100, consumers["a"].Finished);
    }

    [Fact]
    public async Task FinishCurrentIn_InSlots_EachValueHasItsEffectOnce()
    {
        if (CreateEffects() is not { } effects) return;
        async ValueTask HandleAsync(int value)
        {
            await FinishInAsync(effects, value, commits: value % 5 != 0);
            if (value % 5 == 0) throw new IOException("Not committed.");
            if (value % 7 == 0) throw new IOException("Committed.");
        }

        await using var stage = await StartAsync(Ends(8), PutAsync(1, 40), Slots("slots", HandleAsync, o =>
        {
            (o.Concurrency, o.OnFailure) = (3, ConsumerFailure.Skip);
            o.PartitionBy((int value) => value % 4);
        }));
        var consumers = await stage.EndAsync();

        Assert.Equal(Enumerable.Range(1, 40).Where(value => value % 5 != 0), effects.Values.Order());
        Assert.Equal((32, 8), (consumers["slots"].Finished, consumers["slots"].Skipped));
    }

    [Fact]
    public async Task FinishCurrentIn_BatchesInSlots_EachValueHasItsEffectOnce()
    {
        if (CreateEffects() is not { } effects) return;
        await using var stage = await StartAsync(
            Ends(16),
            PutAsync(1, 100),
            ("a", stream =>
            {
                stream.Services.AddSingleton(effects);
                stream.AddBatchConsumer<FinishingBatches>("a", o =>
                {
                    (o.MaxBatchSize, o.Concurrency, o.Retry.MaxAttempts, o.Retry.Delay) = (5, 3, 1, TimeSpan.Zero);
                    // So that batches have values that stand apart.
                    o.PartitionBy((int value) => value % 3);
                });
            }));

        var consumers = await stage.EndAsync();

        Assert.Equal(Enumerable.Range(1, 100), effects.Values.Order());
        Assert.Equal(100, consumers["a"].Finished);
    }

    private protected static async Task FinishInAsync(IEffects effects, int value, bool commits = true)
    {
        using var transaction = effects.Begin();
        effects.Add(transaction, value);
        await StreamxDelivery.FinishCurrentInAsync(transaction);
        if (commits) await transaction.CommitAsync();
        else await transaction.RollbackAsync();
    }

    private static (string Name, Action<IStreamxBuilder<int>> Add) Failing(string name, Func<int, ValueTask> handle) => (name, stream => stream.AddConsumer(
        name,
        (value, _) => handle(value),
        o => (o.Retry.MaxAttempts, o.Retry.Delay, o.OnFailure) = (1, TimeSpan.Zero, ConsumerFailure.Skip)));
}
