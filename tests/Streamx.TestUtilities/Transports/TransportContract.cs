using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.TestUtilities.Transports;

/// <summary>What every transport does, whatever carries it.</summary>
public abstract partial class TransportContract
{
    /// <summary>A stream of the test's own, seen by a process of its own each time it is called.</summary>
    /// <param name="instance">What it is called; null for nothing.</param>
    private protected abstract IStreamTransport CreateProcess(string? instance = null);

    [Fact]
    public async Task Append_TwoNames_BothReceiveEverythingInOrder()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        await using var b = await CreateProcess().JoinAsync("b", default);
        await using var lead = await LeadAsync();

        await lead.AppendAsync(1, 3);

        Assert.Equal(["1 v1", "2 v2", "3 v3"], await a.TakeAsync(3));
        Assert.Equal(["1 v1", "2 v2", "3 v3"], await b.TakeAsync(3));
    }

    [Fact]
    public async Task Finish_LastOfTwoNames_IsWhoTheLeaderWaitedFor()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        await using var b = await CreateProcess().JoinAsync("b", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 1);
        var wait = lead.Positions.WaitAsync(1, default);

        await a.TakeAsync(1);
        await lead.Positions.WaitForAsync("a", 1);
        Assert.False(wait.IsCompleted);
        await b.TakeAsync(1);

        Assert.Equal("b", (await wait.WithinAsync()).GatedBy);
    }

    [Fact]
    public async Task Join_SecondOfAName_TakesOverWhatWasNotFinished()
    {
        var first = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 4);
        await first.TakeAsync(2);
        await first.SettleAsync(default).WithinAsync();
        Assert.Equal("3 v3", Show(await first.NextAsync()));
        await using var second = await CreateProcess().JoinAsync("a", default);

        await first.DisposeAsync();

        var third = await second.NextAsync();
        Assert.Equal("3 v3", Show(third));
        Assert.True(third.IsRedelivered);
        Assert.Equal("4 v4", Show(await second.NextAsync()));
    }

    [Fact]
    public async Task Settle_EverythingFinished_NextOfTheNameGetsOnlyWhatIsNew()
    {
        var first = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 3);
        await first.TakeAsync(3);
        await first.SettleAsync(default).WithinAsync();
        await first.DisposeAsync();

        await using var second = await CreateProcess().JoinAsync("a", default);
        await lead.AppendAsync(4, 4);

        var delivery = await second.NextAsync();
        Assert.Equal("4 v4", Show(delivery));
        Assert.False(delivery.IsRedelivered);
    }

    [Fact]
    public async Task Append_PutAgainAfterABreak_IsDeliveredAsOneThatMayHaveBeenHandled()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();

        await lead.AppendAsync(Value(1) with { IsRepeated = true }).WithinAsync();
        await lead.AppendAsync(2, 2);

        Assert.True((await a.NextAsync()).IsRedelivered);
        Assert.False((await a.NextAsync()).IsRedelivered);
    }

    [Fact]
    public async Task Join_NewNameWhileValuesFlow_BeginsWhereTheStreamIs()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 5);
        await a.TakeAsync(5);

        await using var b = await CreateProcess().JoinAsync("b", default);
        await lead.Positions.WaitForAsync("b", 5);
        await lead.AppendAsync(6, 6);

        Assert.Equal("6 v6", Show(await b.NextAsync()));
    }

    [Fact]
    public async Task Lead_WhileAnotherLeads_WaitsUntilItEnds()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        var first = await LeadAsync();
        await first.AppendAsync(1, 2);
        var waiting = CreateProcess().LeadAsync([], default);
        await a.TakeAsync(2);
        Assert.False(waiting.IsCompleted);

        await first.ReleaseAsync(closed: false, default).WithinAsync();

        await using var second = await waiting.WithinAsync();
        Assert.True(second.Epoch > first.Epoch);
        Assert.Equal((first.Epoch, 2, 2, false), (second.PreviousEpoch, second.LowestReceived, second.HighestReceived, second.HasEnded));
    }

    [Fact]
    public async Task Lead_AfterAnother_GoesOnBehindIt()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        var first = await LeadAsync();
        await first.AppendAsync(1, 2);
        await first.DisposeAsync();

        await using var second = await LeadAsync();
        await second.AppendAsync(3, 3);

        Assert.Equal(["1 v1", "2 v2", "3 v3"], await a.TakeAsync(3));
    }

    [Fact]
    public async Task Append_SessionGivenUp_Fails()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        var lead = await LeadAsync();

        await lead.DisposeAsync();

        await Assert.ThrowsAsync<TransportException>(() => lead.AppendAsync(Value(1)));
        Assert.True(lead.WhenLost.IsCompleted);
    }

    [Fact]
    public async Task Lead_NobodyOfTheNameRuns_KnowsTheNameAndWhereItIs()
    {
        var a = await CreateProcess().JoinAsync("a", default);
        var first = await LeadAsync();
        await first.AppendAsync(1, 3);
        await a.TakeAsync(1);
        await a.SettleAsync(default).WithinAsync();
        await a.DisposeAsync();
        await first.DisposeAsync();

        await using var second = await CreateProcess().LeadAsync([], default).WithinAsync();

        Assert.Equal(1, Assert.Single(second.Positions.Snapshot(), name => name.Key == "a").Value);
        Assert.Equal((3, 3), (second.LowestReceived, second.HighestReceived));
        // Whoever looked into the queue has left everything as it was.
        await using var later = await CreateProcess().JoinAsync("a", default);
        Assert.Equal(["2 v2", "3 v3"], await later.TakeAsync(3));
    }

    [Fact]
    public async Task Lead_AgainByWhoHasTheValues_CanPutThemAgain()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        var first = await LeadAsync();
        await first.AppendAsync(1, 2);
        await first.DisposeAsync();
        await using var second = await CreateProcess().LeadAsync([], default).WithinAsync();
        await second.BeginAsync(2).WithinAsync();

        await second.AppendAsync(2, 3);

        Assert.Equal(["1 v1", "2 v2", "3 v3"], await a.TakeAsync(3));
    }

    [Fact]
    public async Task Begin_BeyondWhatWasReceived_PositionsGoOnToIt()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        var first = await LeadAsync();
        await first.AppendAsync(1, 1);
        await first.DisposeAsync();
        await using var second = await CreateProcess().LeadAsync([], default).WithinAsync();
        await second.BeginAsync(8).WithinAsync();

        await a.TakeAsync(1);
        await second.Positions.WaitForAsync("a", 7);
        await second.AppendAsync(8, 8);

        Assert.Equal("8 v8", Show(await a.NextAsync()));
    }

    [Fact]
    public async Task Register_NobodyEverRan_IsWaitedFor()
    {
        await CreateProcess().RegisterAsync(["a"], default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 1);

        Assert.Equal(["a"], lead.Positions.Behind(1));
        Assert.False(lead.Positions.HaveReached(1));
    }

    [Fact]
    public async Task Names_DifferInCaseOnly_AreOne()
    {
        await using var a = await CreateProcess().JoinAsync("Billing", default);
        await using var standby = await CreateProcess().JoinAsync("billing", default);
        await using var lead = await LeadAsync();

        Assert.Single(lead.Positions.Snapshot());
    }

    [Fact]
    public async Task Retire_NameThatHoldsUp_IsNoLongerWaitedFor()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        await CreateProcess().RegisterAsync(["b"], default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 1);
        await a.TakeAsync(1);
        var wait = lead.Positions.WaitAsync(1, default);

        await CreateProcess().RetireAsync("b", default);

        Assert.Equal("b", (await wait.WithinAsync()).GatedBy);
        Assert.Equal(["a"], lead.Positions.Snapshot().Keys);
    }

    [Fact]
    public async Task Retire_Name_IsForgottenByLaterLeadersToo()
    {
        await CreateProcess().RegisterAsync(["a", "b"], default);
        var first = await LeadAsync();
        await CreateProcess().RetireAsync("b", default);
        await first.DisposeAsync();

        await using var second = await CreateProcess().LeadAsync([], default).WithinAsync();

        Assert.Equal(["a"], second.Positions.Snapshot().Keys);
    }

    [Fact]
    public async Task End_Appended_EveryProcessOfTheNameSeesIt()
    {
        var first = await CreateProcess().JoinAsync("a", default);
        await using var standby = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 1);
        await EndAsync(lead, 2);

        Assert.Equal(["1 v1", "2 end"], await first.TakeAsync(2));
        await lead.Positions.WaitForAsync("a", 2);
        await first.SettleAsync(default).WithinAsync();
        await first.DisposeAsync();

        Assert.Equal("2 end", Show(await standby.NextAsync()));
    }

    [Fact]
    public async Task End_NameJoinsAfterIt_SeesIt()
    {
        await using var a = await CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 1);
        await EndAsync(lead, 2);

        await using var b = await CreateProcess().JoinAsync("b", default);

        Assert.Equal("2 end", Show(await b.NextAsync()));
    }

    [Fact]
    public async Task Lead_AfterTheEnd_OpensTheStreamAgain()
    {
        await EndStreamAsync(CreateProcess(), CreateProcess());

        await using var second = await LeadAsync();
        await second.AppendAsync(2, 2);

        Assert.Equal((false, null), (second.HasEnded, second.EndsAt));
        await using var later = await CreateProcess().JoinAsync("a", default);
        Assert.Equal("2 v2", Show(await later.NextAsync()));
    }

    [Fact]
    public async Task Lead_StandbyWhenTheStreamEnds_LearnsOfTheEnd()
    {
        await CreateProcess().RegisterAsync(["a"], default);
        var first = await LeadAsync();
        var standby = CreateProcess();
        var waiting = standby.LeadAsync([], default);
        await StandbyAsync(standby);

        await first.EndAsync(1).WithinAsync();
        await first.ReleaseAsync(closed: true, default).WithinAsync();

        await using var second = await waiting.WithinAsync();
        Assert.Equal((true, null), (second.HasEnded, second.EndsAt));
    }

    [Fact]
    public async Task Lead_ProcessAwayWhenTheStreamEnds_LearnsOfTheEndHoweverOftenItWasOpenedAgain()
    {
        var away = CreateProcess();
        await CreateProcess().RegisterAsync(["a"], default);
        await (await LeadAsync()).DisposeAsync();
        await away.RegisterAsync(["a"], default);
        await EndStreamAsync(CreateProcess(), CreateProcess());
        var again = await LeadAsync();
        await again.DisposeAsync();

        await using var second = await away.LeadAsync([], default).WithinAsync();

        Assert.Equal((true, null), (second.HasEnded, second.EndsAt));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lead_LeaderLostOnceTheEndWasDecided_TheNextCompletesIt(bool isAppended)
    {
        var before = CreateProcess();
        await using var a = await CreateProcess().JoinAsync("a", default);
        var first = await LeadAsync();
        await before.RegisterAsync(["a"], default);
        await first.AppendAsync(1, 1);
        await first.EndAsync(2).WithinAsync();
        if (isAppended) await first.AppendAsync(End(2)).WithinAsync();
        await first.DisposeAsync();

        var later = await CreateProcess().LeadAsync([], default).WithinAsync();
        Assert.Equal((false, 2L), (later.HasEnded, later.EndsAt));
        await later.DisposeAsync();
        var second = await before.LeadAsync([], default).WithinAsync();
        Assert.Equal((true, 2L), (second.HasEnded, second.EndsAt));
        await second.BeginAsync(2).WithinAsync();
        await second.AppendAsync(End(2)).WithinAsync();
        Assert.Equal(["1 v1", "2 end"], await a.TakeAsync(2));
        await second.Positions.WaitForAsync("a", 2);
        await second.ReleaseAsync(closed: true, default).WithinAsync();

        await using var third = await CreateProcess().LeadAsync([], default).WithinAsync();
        Assert.Equal((false, null), (third.HasEnded, third.EndsAt));
    }

    [Fact]
    public async Task Join_ProcessThatCameAfterTheEnd_IsToldSoWithIt()
    {
        await EndStreamAsync(CreateProcess(), CreateProcess());

        await using var later = await CreateProcess().JoinAsync("a", default);

        var end = await later.Deliveries.ReadAsync().AsTask().WithinAsync();
        Assert.Equal((true, true), (end.IsEnd, end.IsPastEnd));
    }

    [Fact]
    public async Task Join_ProcessThatCameBeforeTheEnd_IsToldWhatIsBeyondIt()
    {
        var (before, after) = (CreateProcess(), CreateProcess());
        await (await LeadAsync()).DisposeAsync();
        await before.RegisterAsync(["a"], default);
        await EndStreamAsync(CreateProcess(), CreateProcess());
        await after.RegisterAsync(["a"], default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(2, 2);

        foreach (var process in new[] { before, after })
        {
            await using var a = await process.JoinAsync("a", default);
            var value = await a.Deliveries.ReadAsync().AsTask().WithinAsync();
            Assert.Equal((2, process == before), (value.Sequence, value.IsBeyondEnd));
        }
    }

    [Fact]
    public async Task Processes_ActiveOneEnds_LeaderKnowsWhoTookOver()
    {
        var first = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await using var second = await CreateProcess("two").JoinAsync("a", default);
        await lead.RunsAsync("a", "one", "two");
        Assert.Equal((true, false), (first.IsActive, second.IsActive));

        // No value comes by, so that the second does not know of its turn either.
        await first.DisposeAsync();

        await lead.RunsAsync("a", "two");
        Assert.True(second.IsActive);
    }

    [Fact]
    public async Task Processes_LastOneEnds_LeaderKnowsThatTheNameRunsNowhere()
    {
        var first = await CreateProcess("one").JoinAsync("a", default);
        await using var lead = await LeadAsync();
        await lead.AppendAsync(1, 1);
        await first.TakeAsync(1);
        await lead.RunsAsync("a", "one");

        await first.DisposeAsync();
        await lead.RunsAsync("a");

        await using var second = await CreateProcess("two").JoinAsync("a", default);
        await lead.RunsAsync("a", "two");
    }

    [Fact]
    public async Task Processes_NobodyEverRan_LeaderKnowsThatTheNameRunsNowhere()
    {
        await CreateProcess().RegisterAsync(["a"], default);
        await using var lead = await LeadAsync();

        await lead.RunsAsync("a");
    }

    /// <summary>Waits until one who waits to lead has been seen as such.</summary>
    private protected abstract Task StandbyAsync(IStreamTransport process);

    /// <summary>Decides the end and appends it.</summary>
    private static async Task EndAsync(ILeadSession lead, long sequence)
    {
        await lead.EndAsync(sequence).WithinAsync();
        await lead.AppendAsync(End(sequence)).WithinAsync();
    }

    /// <summary>A stream of one consumer that ends without a value.</summary>
    private async Task EndStreamAsync(IStreamTransport consumer, IStreamTransport producer)
    {
        var a = await consumer.JoinAsync("a", default);
        var first = await producer.LeadAsync([], default).WithinAsync();
        await first.BeginAsync(first.HighestReceived + 1).WithinAsync();
        await EndAsync(first, 1);
        await a.TakeAsync(1);
        await first.Positions.WaitForAsync("a", 1);
        await a.SettleAsync(default).WithinAsync();
        await a.DisposeAsync();
        await first.ReleaseAsync(closed: true, default).WithinAsync();
    }

    /// <summary>Leads from a process of its own, and begins behind whatever there is.</summary>
    private async Task<ILeadSession> LeadAsync()
    {
        var lead = await CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(lead.HighestReceived + 1).WithinAsync();
        return lead;
    }
}
