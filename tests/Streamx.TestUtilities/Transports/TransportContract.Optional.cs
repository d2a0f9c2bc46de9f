using System.Data.Common;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.TestUtilities.Transports;

/// <content>What an engine does, or refuses by its name because it cannot.</content>
public abstract partial class TransportContract
{
    /// <summary>Whether the engine may refuse what it need not be able to.</summary>
    private protected virtual bool MayRefuse => true;

    /// <summary>Begins a transaction of what holds the stream.</summary>
    private protected virtual DbTransaction? BeginTransaction() => null;

    /// <summary>Whether no session takes over while a transaction is open that has finished a value.</summary>
    private protected virtual bool TransactionsHoldOffTakeovers => false;

    [Fact]
    public async Task Append_Many_EveryConsumerReceivesAllInOrder()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        await using var b = await CreateProcess().JoinAsync("b", default);
        await using var lead = await LeadAsync();

        await lead.AppendAsync([Value(1), Value(2), Value(3)]).WithinAsync();
        await lead.AppendAsync(Value(4)).WithinAsync();
        await lead.AppendAsync([Value(5), Value(6)]).WithinAsync();

        Assert.Equal(["1 v1", "2 v2", "3 v3", "4 v4", "5 v5", "6 v6"], await a.TakeAsync(6));
        Assert.Equal(["1 v1", "2 v2", "3 v3", "4 v4", "5 v5", "6 v6"], await b.TakeAsync(6));
    }

    [Fact]
    public async Task DurableHead_NextTerm_IsTheLastNumberThatWasConfirmed()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        var lead = await LeadAsync();
        Assert.Equal(0, lead.DurableHead);
        await lead.AppendAsync(1, 3);
        await lead.DisposeAsync();

        await using var next = await CreateProcess().LeadAsync([], default).WithinAsync();

        Assert.Equal((3, lead.StreamId), (next.DurableHead, next.StreamId));
    }

    [Fact]
    public async Task Register_FromTheOldest_ReceivesWhatIsKept()
    {
        var process = CreateProcess();
        if (!await CanAsync(process, () => process.RetainAsync(TimeSpan.FromMinutes(1), default))) return;
        await using var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 3);
        await a.TakeAsync(3);
        await a.SettleAsync(default).WithinAsync();

        if (!await CanAsync(process, () => process.RegisterAsync(["late"], StartFrom.Oldest, default))) return;
        await process.RegisterAsync(["later"], StartFrom.Now, default).WithinAsync();
        await lead.AppendAsync(4, 4);

        await using var late = await CreateProcess().JoinAsync("late", default);
        await using var later = await CreateProcess().JoinAsync("later", default);
        Assert.Equal(["1 v1", "2 v2", "3 v3", "4 v4"], await late.TakeAsync(4));
        Assert.Equal(["4 v4"], await later.TakeAsync(4));
    }

    [Fact]
    public async Task Register_FromTheOldest_KnownConsumerStaysWhereItIs()
    {
        var process = CreateProcess();
        if (!await CanAsync(process, () => process.RetainAsync(TimeSpan.FromMinutes(1), default))) return;
        var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 2);
        await a.TakeAsync(2);
        await a.SettleAsync(default).WithinAsync();
        await a.DisposeAsync();

        await process.RegisterAsync(["a"], StartFrom.Oldest, default).WithinAsync();
        await lead.AppendAsync(3, 3);

        await using var again = await CreateProcess().JoinAsync("a", default);
        Assert.Equal(["3 v3"], await again.TakeAsync(3));
    }

    [Fact]
    public async Task Join_FromAPosition_WhatIsBehindItIsDeliveredAgain()
    {
        var process = CreateProcess();
        if (!await CanAsync(process, () => process.RetainAsync(TimeSpan.FromMinutes(1), default))) return;
        var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 4);
        await a.TakeAsync(4);
        await a.SettleAsync(default).WithinAsync();
        await a.DisposeAsync();

        IJoinSession? again = null;
        if (!await CanAsync(process, async () => again = await process.JoinAsync("a", 2, default))) return;

        await using (again)
        {
            var first = await again!.NextAsync();
            Assert.Equal(("3 v3", true), (Show(first), first.IsRedelivered));
            Assert.Equal("4 v4", Show(await again!.NextAsync()));
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => process.JoinAsync("a", 5, default).WithinAsync());
    }

    [Fact]
    public async Task Retain_Zero_NothingIsKeptThatEveryConsumerHasFinished()
    {
        var process = CreateProcess();
        await process.RetainAsync(TimeSpan.Zero, default).WithinAsync();
        await using var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 2);
        await a.TakeAsync(2);
        await a.SettleAsync(default).WithinAsync();

        if (!await CanAsync(process, () => process.RegisterAsync(["late"], StartFrom.Oldest, default))) return;
        await lead.AppendAsync(3, 3);

        await using var late = await CreateProcess().JoinAsync("late", default);
        Assert.Equal(["3 v3"], await late.TakeAsync(3));
    }

    [Fact]
    public async Task FinishAhead_NextOfTheConsumer_IsNotGivenItAgain()
    {
        var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 4);
        Assert.Equal("1 v1", Show(await a.NextAsync()));

        if (!await CanAsync(a, () => Done(() => a.FinishAhead(2)))) return;
        a.FinishAhead(3);
        await a.SettleAsync(default).WithinAsync();
        Assert.Equal(0, lead.Positions.Snapshot()["a"]);
        await a.DisposeAsync();

        await using var next = await CreateProcess().JoinAsync("a", default);
        Assert.Equal("1 v1", Show(await next.NextAsync()));
        Assert.Equal("4 v4", Show(await next.NextAsync()));
        next.Finish(1);
        await lead.Positions.WaitForAsync("a", 3);
    }

    [Fact]
    public async Task FinishIn_Committed_IsFinishedAndNotGivenAgain()
    {
        var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 3);
        await a.NextAsync();
        using var transaction = BeginTransaction();

        if (!await CanAsync(a, () => a.FinishInAsync(1, 2, transaction!, default))) return;
        Assert.False(await a.HasFinishedInAsync(1, 2, default).WithinAsync());
        await transaction!.CommitAsync();
        Assert.True(await a.HasFinishedInAsync(1, 2, default).WithinAsync());
        await a.DisposeAsync();

        await using var next = await CreateProcess().JoinAsync("a", default);
        Assert.Equal("3 v3", Show(await next.NextAsync()));
    }

    [Fact]
    public async Task FinishIn_RolledBackOrOver_IsNotFinished()
    {
        var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 1);
        await a.NextAsync();
        using var transaction = BeginTransaction();

        if (!await CanAsync(a, () => a.FinishInAsync(1, 1, transaction!, default))) return;
        await transaction!.RollbackAsync();
        Assert.False(await a.HasFinishedInAsync(1, 1, default).WithinAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => a.FinishInAsync(1, 1, transaction, default).WithinAsync());
        await a.DisposeAsync();

        await using var next = await CreateProcess().JoinAsync("a", default);
        Assert.Equal("1 v1", Show(await next.NextAsync()));
    }

    [Fact]
    public async Task FinishIn_SessionReplacedAfterIt_CannotCommitOrHoldsTheTakeoverOff()
    {
        var a = await CreateProcess().JoinAsync("a", default);
        await using var next = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 2);
        await a.NextAsync();
        using var transaction = BeginTransaction();
        if (!await CanAsync(a, () => a.FinishInAsync(1, 1, transaction!, default))) return;
        var leaving = a.DisposeAsync();

        if (TransactionsHoldOffTakeovers)
        {
            await transaction!.CommitAsync();
            Assert.Equal("2 v2", Show(await next.NextAsync()));
        }
        else
        {
            Assert.Equal("1 v1", Show(await next.NextAsync()));
            await Assert.ThrowsAnyAsync<Exception>(() => transaction!.CommitAsync());
        }

        Assert.Equal(TransactionsHoldOffTakeovers, await next.HasFinishedInAsync(1, 1, default).WithinAsync());
        await leaving.AsTask().WithinAsync();
    }

    [Fact]
    public async Task FinishIn_SessionReplacedBeforeIt_CannotCommitWhateverItsCallerDoes()
    {
        var a = await CreateProcess().JoinAsync("a", default);
        await using var next = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 1);
        await a.NextAsync();
        using var transaction = BeginTransaction();
        if (transaction is null) return;
        await transaction.RollbackAsync();
        await a.DisposeAsync();
        await next.NextAsync();
        using var late = BeginTransaction()!;

        await Assert.ThrowsAnyAsync<Exception>(() => a.FinishInAsync(1, 1, late, default).WithinAsync());
        await Assert.ThrowsAnyAsync<Exception>(() => late.CommitAsync());

        Assert.False(await next.HasFinishedInAsync(1, 1, default).WithinAsync());
    }

    [Fact]
    public async Task FinishIn_AheadOfThePosition_NextOfTheConsumerIsGivenTheOthersAlone()
    {
        var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 6);
        using (var transaction = BeginTransaction())
        {
            if (!await CanAsync(a, () => a.FinishInAsync(2, 3, transaction!, default))) return;
            await transaction!.CommitAsync();
        }

        using (var transaction = BeginTransaction()!)
        {
            await a.FinishInAsync(5, 5, transaction, default).WithinAsync();
            await transaction.CommitAsync();
        }

        await a.DisposeAsync();
        await using var next = await CreateProcess().JoinAsync("a", default);

        Assert.Equal("1 v1", Show(await next.NextAsync()));
        Assert.Equal("4 v4", Show(await next.NextAsync()));
        Assert.Equal("6 v6", Show(await next.NextAsync()));
        Assert.Equal((true, false), (await next.HasFinishedInAsync(2, 3, default).WithinAsync(), await next.HasFinishedInAsync(4, 5, default).WithinAsync()));
        next.Finish(1);
        await lead.Positions.WaitForAsync("a", 3);
        next.Finish(4);
        await lead.Positions.WaitForAsync("a", 5);
    }

    [Fact]
    public async Task Bookmark_StoredWithAValue_IsReadWhenTheNextTermBegins()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        var lead = await LeadAsync();
        if (!await CanAsync(lead, () => lead.ReadBookmarkAsync("feed", default))) return;
        Assert.Null(await lead.ReadBookmarkAsync("feed", default).WithinAsync());
        await lead.AppendAsync([Value(1) with { Bookmark = new TransportBookmark("feed", "line 1") }, Value(2) with { Bookmark = new TransportBookmark("other", "x") }]).WithinAsync();
        await lead.AppendAsync(Value(3) with { Bookmark = new TransportBookmark("feed", "line 2") }).WithinAsync();
        await lead.AppendAsync(Value(4)).WithinAsync();
        await lead.DisposeAsync();

        await using var next = await CreateProcess().LeadAsync([], default).WithinAsync();

        Assert.Equal("line 2", await next.ReadBookmarkAsync("feed", default).WithinAsync());
        Assert.Equal("x", await next.ReadBookmarkAsync("other", default).WithinAsync());
    }

    /// <summary>Whether an engine can do something; one that cannot says so by the name of its package.</summary>
    /// <param name="part">The part of it that is asked.</param>
    /// <param name="act">What it is asked.</param>
    private async Task<bool> CanAsync(object part, Func<Task> act)
    {
        try
        {
            await act().WithinAsync();
            return true;
        }
        catch (NotSupportedException refusal) when (MayRefuse)
        {
            Assert.StartsWith(part.GetType().Assembly.GetName().Name!, refusal.Message, StringComparison.Ordinal);
            return false;
        }
    }

    private static Task Done(Action act)
    {
        act();
        return Task.CompletedTask;
    }
}
