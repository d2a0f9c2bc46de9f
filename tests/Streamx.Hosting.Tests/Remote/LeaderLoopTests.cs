using Streamx.Hosting.Tests.Simulation;
using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;
using Streamx.TestUtilities.Transports;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>What becomes of puts when sessions are lost, confirms are late and others lead, step by step.</summary>
[Collection(SimulationCollection.Name)]
public sealed class LeaderLoopTests
{
    private readonly SimulatedClock _clock = new();
    private readonly FaultScript _faults = new();
    private readonly InMemoryStore _store;

    /// <summary>How many appends there were.</summary>
    private int _appends;

    public LeaderLoopTests() => _store = new InMemoryStore(_clock)
    {
        Faults = _faults,
        Lease = TimeSpan.FromMilliseconds(30),
        Trace = step => _appends += step.Contains($" {FaultPoint.Append}", StringComparison.Ordinal) ? 1 : 0,
    };

    public static TheoryData<int> Losses => [(int)FaultKind.LoseBefore, (int)FaultKind.LosePartway, (int)FaultKind.LoseAfter];

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task Put_SessionLostWithIt_ComesOnceToEveryConsumer(int loss)
    {
        await using var a = await JoinAsync("a");
        await using var b = await JoinAsync("b");
        var one = await StartAsync("one");
        _faults.Next(FaultPoint.Append, new Fault((FaultKind)loss));

        var put = one.PutAsync("x");
        await _clock.UntilAsync(() => put.IsCompleted);

        await put;
        // Marked where the store did not have it the first time.
        Assert.StartsWith("1 x", Assert.Single(Take(a)), StringComparison.Ordinal);
        Assert.StartsWith("1 x", Assert.Single(Take(b)), StringComparison.Ordinal);
        Assert.Equal([1, 2], one.Host.Epochs);
        Assert.Equal(1, one.Producers.ValuesAccepted);
    }

    [Fact]
    public async Task Put_AnotherLedSince_ComesUnderANumberBehindThatOnes()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        var two = await StartAsync("two");
        _faults.Next(FaultPoint.Append, new Fault(FaultKind.LoseBefore));

        var put = one.PutAsync("x");
        await _clock.UntilAsync(() => two.Producers.IsLeading);
        await _clock.UntilAsync(two.PutAsync("y"));
        two.Producers.Close(endsStream: false);
        await _clock.UntilAsync(() => put.IsCompleted);

        await put;
        Assert.Equal(["1 y", "2 x again"], Take(a));
    }

    [Fact]
    public async Task Put_ConfirmLate_WaitsForIt()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        _faults.Next(FaultPoint.Append, default(Fault) with { ReplyDelay = TimeSpan.FromMilliseconds(5) });

        var (first, second) = (one.PutAsync("x"), one.PutAsync("y"));
        await OneThread.IdleAsync();
        Assert.Equal(["1 x", "2 y"], Take(a));
        Assert.False(first.IsCompleted || second.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(5));

        await _clock.UntilAsync(Task.WhenAll(first, second));
    }

    [Fact]
    public async Task Close_WhileItWaitsToReconnect_EndsWithoutTheWait()
    {
        var endless = new RetryOptions { MaxAttempts = int.MaxValue, Delay = TimeSpan.FromHours(1), MaxDelay = TimeSpan.FromHours(1) };
        _faults.Next(FaultPoint.Lead, new Fault(FaultKind.LoseBefore));
        var one = new LeadingProcess(_store, "one", window: 1, endless);
        await _clock.UntilAsync(() => one.Host.Delays.Count == 1);

        one.Producers.Close(endsStream: false);

        await OneThread.IdleAsync();
        Assert.True(one.Run.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Close_WithAPutWhileItWaitsToReconnect_PutsItFirst()
    {
        await using var a = await JoinAsync("a");
        var slow = new RetryOptions { MaxAttempts = int.MaxValue, Delay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromMilliseconds(5) };
        _faults.Next(FaultPoint.Lead, new Fault(FaultKind.LoseBefore));
        var one = new LeadingProcess(_store, "one", window: 1, slow);
        await _clock.UntilAsync(() => one.Host.Delays.Count == 1);

        var put = one.PutAsync("x");
        one.Producers.Close(endsStream: false);

        await _clock.UntilAsync(() => one.Run.IsCompleted);
        await put;
        Assert.Equal(["1 x"], Take(a));
    }

    [Fact]
    public async Task Put_ConfirmedTwice_CountsOnce()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        _faults.Next(FaultPoint.Append, new Fault(FaultKind.Duplicate));

        await _clock.UntilAsync(one.PutAsync("x"));

        Assert.Equal((1, 0), (one.Producers.ValuesAccepted, _faults.Pending));
    }

    [Fact]
    public async Task Put_LeaderCutOffForItsLease_HasNoEffectUntilItLeadsAgain()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        var two = await StartAsync("two");
        one.Transport.Partition();

        var put = one.PutAsync("x");
        await _clock.UntilAsync(() => two.Producers.IsLeading);
        one.Transport.Heal();
        await OneThread.IdleAsync();
        Assert.Empty(Take(a));
        await _clock.UntilAsync(two.PutAsync("y"));
        two.Producers.Close(endsStream: false);
        await _clock.UntilAsync(() => put.IsCompleted);

        Assert.Equal(["1 y", "2 x again"], Take(a));
    }

    [Fact]
    public async Task Put_WindowFull_WaitsThroughALostSession()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        await _clock.UntilAsync(Task.WhenAll(one.PutAsync("x"), one.PutAsync("y")));

        var third = one.PutAsync("z");
        await OneThread.IdleAsync();
        Assert.False(one.TryPut("no"));
        one.Transport.Disconnect();
        await _clock.UntilAsync(() => one.Host.Epochs.Count == 2);
        Assert.False(third.IsCompleted);
        a.Finish(1);
        await _clock.UntilAsync(third);

        Assert.Equal(["1 x", "2 y", "3 z"], Take(a));
    }

    [Fact]
    public async Task Put_CancelledBetweenTwoSessions_IsWithdrawn()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        one.Transport.Disconnect();
        using var cancellation = new CancellationTokenSource();
        var put = one.PutAsync("x", cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);
        await _clock.UntilAsync(() => one.Producers.IsLeading);
        await _clock.UntilAsync(one.PutAsync("y"));

        Assert.Equal(["1 y"], Take(a));
    }

    [Fact]
    public async Task Flush_SessionLostMeanwhile_EndsWithTheNext()
    {
        await using var a = await JoinAsync("a");
        await using var b = await JoinAsync("b");
        var one = await StartAsync("one");
        await _clock.UntilAsync(one.PutAsync("x"));
        var flush = one.Producers.FlushAsync(default);
        one.Transport.Disconnect();
        await _clock.UntilAsync(() => one.Host.Epochs.Count == 2);

        a.Finish(1);
        await OneThread.IdleAsync();
        Assert.False(flush.IsCompleted);
        b.Finish(1);

        await _clock.UntilAsync(flush);
    }

    [Fact]
    public async Task End_StandbyInLine_LearnsOfIt()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        var two = await StartAsync("two");
        await _clock.UntilAsync(one.PutAsync("x"));

        one.Producers.Close(endsStream: true);
        await OneThread.IdleAsync();
        Assert.Equal(["1 x", "2 end"], Take(a));
        Assert.False(one.Run.IsCompleted || two.Run.IsCompleted);
        a.Finish(2);

        await _clock.UntilAsync(Task.WhenAll(one.Run, two.Run));
        Assert.Equal((false, true), (one.Host.HasEndedElsewhere, two.Host.HasEndedElsewhere));
    }

    [Fact]
    public async Task Release_Lost_IsDoneAgain()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        await _clock.UntilAsync(one.PutAsync("x"));
        _faults.Next(FaultPoint.Release, new Fault(FaultKind.LoseBefore));
        a.Finish(1);

        one.Producers.Close(endsStream: true);
        await OneThread.IdleAsync();
        a.Finish(2);
        await _clock.UntilAsync(one.Run);

        Assert.Equal([1, 2], one.Host.Epochs);
        Assert.Null(_store.Leader);
    }

    [Fact]
    public async Task Store_Wiped_NumbersGoOnAndWhatWasNotFinishedComesAgain()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        await _clock.UntilAsync(Task.WhenAll(one.PutAsync("x"), one.PutAsync("y")));
        Assert.Equal(["1 x", "2 y"], Take(a));
        a.Finish(1);
        await OneThread.IdleAsync();

        _store.Wipe();
        await OneThread.IdleAsync();
        await using var again = await JoinAsync("a");
        await _clock.UntilAsync(() => one.Host.Epochs.Count == 2);
        await _clock.UntilAsync(one.PutAsync("z"));

        Assert.Equal(["3 y again", "4 z"], Take(again));
    }

    [Fact]
    public async Task Store_WipedAndEndedAnewByAnother_WhatWasNotFinishedComesOnceTheStreamIsOpenedAgain()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        await _clock.UntilAsync(Task.WhenAll(one.PutAsync("x"), one.PutAsync("y")));
        var flush = one.Producers.FlushAsync(default);
        one.Transport.Partition();
        _store.Wipe("a");
        await using (var other = await _store.CreateProcess("other").LeadAsync([], default))
        {
            await other.BeginAsync(1);
            await other.EndAsync(1);
        }

        await using var again = await JoinAsync("a");
        one.Transport.Heal();
        await _clock.UntilAsync(() => again.Deliveries.Count == 1);
        Assert.Equal(["1 end again"], Take(again));
        again.Finish(1);
        await _clock.UntilAsync(() => again.Deliveries.Count == 2);
        Assert.Equal(["2 x again", "3 y again"], Take(again));
        Assert.False(flush.IsCompleted);
        again.Finish(3);

        await _clock.UntilAsync(flush);
    }

    [Fact]
    public async Task Refuse_BetweenTwoSessions_FailsWhatIsNotConfirmed()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        _faults.Next(FaultPoint.Append, new Fault(FaultKind.LoseBefore));
        var put = one.PutAsync("x");
        var waiting = one.PutAsync("y");
        await OneThread.IdleAsync();

        one.Producers.Refuse(() => new StreamClosedException("It is over."));

        await Assert.ThrowsAsync<StreamClosedException>(() => put);
        await Assert.ThrowsAsync<StreamClosedException>(() => waiting);
        await _clock.UntilAsync(() => one.Run.IsCompleted);
    }

    [Fact]
    public async Task End_LeaderLostOnceItWasDecided_TheNextCompletesItAndRefusesWhatWaits()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        var two = await StartAsync("two");
        await _clock.UntilAsync(one.PutAsync("x"));
        var waiting = two.PutAsync("y");
        _faults.Next(FaultPoint.End, new Fault(FaultKind.LoseAfter));

        one.Producers.Close(endsStream: true);
        await _clock.UntilAsync(() => two.Host.Epochs.Count == 1);
        Assert.Equal(["1 x", "2 end again"], Take(a));
        Assert.True(two.Host.HasEndedElsewhere);
        two.Producers.Refuse(() => new StreamClosedException("It is over."));
        a.Finish(2);
        await _clock.UntilAsync(Task.WhenAll(one.Run, two.Run));

        await Assert.ThrowsAsync<StreamClosedException>(() => waiting);
        Assert.False(one.Host.HasEndedElsewhere);
    }

    [Fact]
    public async Task End_NotCompleteWhenAProcessComesLater_ThatOneCompletesItAndOpensTheStreamAgain()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        await _clock.UntilAsync(one.PutAsync("x"));
        one.Producers.Close(endsStream: true);
        await OneThread.IdleAsync();
        one.Transport.Kill();
        Take(a);

        var two = await StartAsync("two");
        var put = two.PutAsync("y");
        await OneThread.IdleAsync();
        Assert.False(put.IsCompleted);
        a.Finish(2);
        await _clock.UntilAsync(put);

        Assert.Equal("3 y", Take(a)[^1]);
        Assert.False(two.Host.HasEndedElsewhere);
    }

    [Fact]
    public async Task Flush_EndCompletedMeanwhile_Ends()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        var two = await StartAsync("two");
        await _clock.UntilAsync(one.PutAsync("x"));
        one.Transport.Disconnect();
        await _clock.UntilAsync(() => two.Producers.IsLeading);
        var flush = one.Producers.FlushAsync(default);

        two.Producers.Close(endsStream: true);
        await OneThread.IdleAsync();
        a.Finish(2);

        await _clock.UntilAsync(flush);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Flush_AfterABreak_WaitsForWhatWasFoundReceived(bool hasAnotherLed)
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        var two = hasAnotherLed ? await StartAsync("two") : null;
        await _clock.UntilAsync(one.PutAsync("x"));
        one.Transport.Disconnect();
        if (two is not null)
        {
            await _clock.UntilAsync(() => two.Producers.IsLeading);
            two.Producers.Close(endsStream: false);
        }

        await _clock.UntilAsync(() => one.Host.Epochs.Count == 2);
        var flush = one.Producers.FlushAsync(default);
        await OneThread.IdleAsync();
        Assert.False(flush.IsCompleted);
        a.Finish(1);

        await _clock.UntilAsync(flush);
    }

    [Fact]
    public async Task Flush_PutCancelledBehindOthers_WaitsForThoseAlone()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        await _clock.UntilAsync(Task.WhenAll(one.PutAsync("x"), one.PutAsync("y")));
        using var cancellation = new CancellationTokenSource();
        var cancelled = one.PutAsync("z", cancellation.Token);
        var flush = one.Producers.FlushAsync(default);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        a.Finish(2);

        await _clock.UntilAsync(flush);
    }

    [Fact]
    public async Task Close_ConfirmLost_IsConfirmedByTheNextSession()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        _faults.Next(FaultPoint.Append, default(Fault) with { Delay = TimeSpan.FromMilliseconds(5) });
        var put = one.PutAsync("x");

        one.Producers.Close(endsStream: false);
        await OneThread.IdleAsync();
        one.Transport.Disconnect();
        await _clock.UntilAsync(one.Run);

        Assert.True(put.IsCompletedSuccessfully);
        Assert.Equal([1, 2], one.Host.Epochs);
        Assert.Equal(["1 x again"], Take(a));
    }

    [Fact]
    public async Task Reconnect_SessionsThatConfirmNothing_WaitsGrowUntilOneDoes()
    {
        await using var a = await JoinAsync("a");
        var reconnect = new RetryOptions { Delay = TimeSpan.FromMilliseconds(10), MaxDelay = TimeSpan.FromMilliseconds(300) };
        var one = new LeadingProcess(_store, "one", window: 2, reconnect);
        await OneThread.IdleAsync();
        for (var i = 0; i < 7; i++) _faults.Next(FaultPoint.Append, new Fault(FaultKind.LoseBefore));

        await _clock.UntilAsync(one.PutAsync("x"));
        one.Transport.Disconnect();
        await _clock.UntilAsync(() => one.Host.Epochs.Count == 9);

        Assert.Equal(8, one.Host.Delays.Count);
        for (var i = 0; i < 7; i++)
            Assert.InRange(one.Host.Delays[i].TotalMilliseconds, Math.Min(300, 10 << i) / 2, Math.Min(300, 10 << i));
        Assert.InRange(one.Host.Delays[7].TotalMilliseconds, 5, 10);
    }

    [Fact]
    public async Task Reconnect_SessionThatLastedLong_WaitsStartOver()
    {
        await using var a = await JoinAsync("a");
        var reconnect = new RetryOptions { Delay = TimeSpan.FromMilliseconds(10), MaxDelay = TimeSpan.FromMilliseconds(100) };
        var one = new LeadingProcess(_store, "one", window: 2, reconnect);
        for (var epoch = 1; epoch <= 5; epoch++)
        {
            await _clock.UntilAsync(() => one.Host.Epochs.Count == epoch);
            if (epoch == 5) _clock.Advance(TimeSpan.FromMilliseconds(100));
            one.Transport.Disconnect();
        }

        await _clock.UntilAsync(() => one.Host.Epochs.Count == 6);

        Assert.InRange(one.Host.Delays[3].TotalMilliseconds, 40, 80);
        Assert.InRange(one.Host.Delays[4].TotalMilliseconds, 5, 10);
    }

    [Fact]
    public async Task Put_NeverAwaitedWithALongLivedToken_LeavesNothingWithTheToken()
    {
        const int Count = 20_000;
        await using var a = await JoinAsync("a");
        using var lifetime = new CancellationTokenSource();
        var one = new LeadingProcess(_store, "one", window: 500);
        await OneThread.IdleAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < Count; i++) _ = one.PutAsync("x", lifetime.Token);
        while (one.Producers.ValuesAccepted < Count)
        {
            while (a.Deliveries.TryRead(out var next)) a.Finish(next.Sequence);
            await OneThread.IdleAsync();
        }

        // What a registration leaves with its token is 80 bytes, which no other object has.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, Count * 80 / 4);
        GC.KeepAlive(lifetime);
    }

    [Fact]
    public async Task Put_TokenCancelled_TakesBackItsPutsAlone()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        await _clock.UntilAsync(Task.WhenAll(one.PutAsync("x"), one.PutAsync("y")));
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var puts = new[] { one.PutAsync("a", first.Token), one.PutAsync("b", second.Token), one.PutAsync("c", first.Token), one.PutAsync("d") };

        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => puts[0]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => puts[2]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.PutAsync("e", first.Token));
        a.Finish(2);
        await _clock.UntilAsync(Task.WhenAll(puts[1], puts[3]));

        Assert.Equal(["1 x", "2 y", "3 b", "4 d"], Take(a));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Close_TheOnlyPutIsWithdrawnWhileItWaits_DoesNotWaitForTheConsumer(bool isClosedFirst)
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");
        using var cancellation = new CancellationTokenSource();
        await _clock.UntilAsync(Task.WhenAll(one.PutAsync("x"), one.PutAsync("y")));
        var waiting = one.PutAsync("z", cancellation.Token);
        await OneThread.IdleAsync();

        if (isClosedFirst) one.Producers.Close(endsStream: false);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        if (!isClosedFirst) one.Producers.Close(endsStream: false);
        await OneThread.IdleAsync();

        Assert.True(one.Run.IsCompleted);
        Assert.Equal(["1 x", "2 y"], Take(a));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task PutMany_SessionLostWithIt_ComesOnceToEveryConsumer(int loss)
    {
        await using var a = await JoinAsync("a");
        await using var b = await JoinAsync("b");
        var one = await StartAsync("one");
        _faults.Next(FaultPoint.Append, new Fault((FaultKind)loss));

        var put = one.PutManyAsync("v", "w");
        await _clock.UntilAsync(() => put.IsCompleted);

        await put;
        foreach (var consumer in (IJoinSession[])[a, b]) Assert.Equal(["1 v", "2 w"], Take(consumer).Select(value => value.Replace(" again", null, StringComparison.Ordinal)));
        Assert.Equal(2, one.Producers.ValuesAccepted);
    }

    [Fact]
    public async Task PutMany_IsAppendedInOneStepAsFarAsThereIsRoom()
    {
        await using var a = await JoinAsync("a");
        var one = await StartAsync("one");

        var put = one.PutManyAsync("v", "w", "x", "y", "z");
        var behind = one.PutAsync("last");
        await OneThread.IdleAsync();
        var first = Take(a);
        a.Finish(2);
        await OneThread.IdleAsync();
        var second = Take(a);
        a.Finish(4);
        await _clock.UntilAsync(Task.WhenAll(put, behind));

        Assert.Equal([["1 v", "2 w"], ["3 x", "4 y"], ["5 z", "6 last"]], [first, second, Take(a)]);
        // Each of the three as one append; the put behind them has one of its own.
        Assert.Equal(4, _appends);
    }

    [Fact]
    public async Task Put_BytesUnderWayAtTheirLimit_WaitsUntilEnoughAreFinished()
    {
        await using var a = await JoinAsync("a");
        var one = new LeadingProcess(_store, "one", window: 64, maxBytes: 10);
        await OneThread.IdleAsync();

        var puts = new[] { one.PutAsync("1234"), one.PutAsync("5678"), one.PutAsync("abc"), one.PutAsync("x"), one.PutAsync("twelve bytes"), one.PutAsync("y") };
        await OneThread.IdleAsync();
        Assert.Equal(["1 1234", "2 5678"], Take(a));
        Assert.False(one.TryPut("z"));
        a.Finish(1);
        await OneThread.IdleAsync();
        Assert.Equal(["3 abc", "4 x"], Take(a));
        a.Finish(3);
        await OneThread.IdleAsync();
        // Larger than the limit: it goes alone.
        Assert.Empty(Take(a));
        a.Finish(4);
        await OneThread.IdleAsync();
        Assert.Equal(["5 twelve bytes"], Take(a));
        a.Finish(5);
        await _clock.UntilAsync(Task.WhenAll(puts));

        Assert.Equal(["6 y"], Take(a));
    }

    /// <summary>Number and body of what has come; what may have come before is marked.</summary>
    private static string[] Take(IJoinSession session)
    {
        List<string> taken = [];
        while (session.Deliveries.TryRead(out var next))
            taken.Add(Deliveries.Show(next) + (next.IsRedelivered ? " again" : null));
        return [.. taken];
    }

    private Task<IJoinSession> JoinAsync(string name) => _store.CreateProcess($"consumer {name}").JoinAsync(name, default);

    /// <summary>Starts a process that leads, or stands by behind the first.</summary>
    private async Task<LeadingProcess> StartAsync(string name)
    {
        var process = new LeadingProcess(_store, name, window: 2);
        await OneThread.IdleAsync();
        return process;
    }
}
