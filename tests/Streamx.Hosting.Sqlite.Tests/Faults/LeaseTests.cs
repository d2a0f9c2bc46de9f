using Microsoft.Extensions.Time.Testing;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.Sqlite.Tests.Faults;

/// <summary>Processes that hang, and others that take over from them.</summary>
public sealed class LeaseTests : IDisposable
{
    private readonly TestFile _file = new();
    private readonly FakeTimeProvider _hanging = new();
    private readonly FakeTimeProvider _running = new();

    [Fact]
    public async Task Lead_LeaderHangsForItsLease_AnotherLeadsAndItsAppendsAreRefused()
    {
        await using var a = await _file.CreateProcess(clock: _running).JoinAsync("a", default);
        await using var first = await _file.CreateProcess(clock: _hanging).LeadAsync([], default).WithinAsync();
        await first.BeginAsync(1).WithinAsync();
        await first.AppendAsync(1, 2);
        var standby = _file.CreateProcess(clock: _running).LeadAsync([], default);

        await PassAsync(() => standby.IsCompleted);
        await using var second = await standby.WithinAsync();
        await second.BeginAsync(second.HighestReceived + 1).WithinAsync();
        // It goes on, and knows nothing of what happened.
        var late = await Assert.ThrowsAsync<TransportException>(() => first.AppendAsync(Value(3, "late")).WithinAsync());
        await second.AppendAsync(3, 3);

        Assert.Contains("Another process has taken over the lead", late.Message, StringComparison.Ordinal);
        Assert.True(first.WhenLost.IsCompleted);
        Assert.Equal((first.Epoch, 2L), (second.PreviousEpoch, second.DurableHead));
        Assert.Equal(["1 v1", "2 v2", "3 v3"], await a.TakeAsync(3));
    }

    [Theory]
    [InlineData("begin")]
    [InlineData("end")]
    [InlineData("release")]
    public async Task Lead_LeaderHangsForItsLease_WhateverItDoesThenIsRefused(string what)
    {
        await using var a = await _file.CreateProcess(clock: _running).JoinAsync("a", default);
        await using var first = await _file.CreateProcess(clock: _hanging).LeadAsync([], default).WithinAsync();
        await first.BeginAsync(1).WithinAsync();
        var standby = _file.CreateProcess(clock: _running).LeadAsync([], default);
        await PassAsync(() => standby.IsCompleted);
        await using var second = await standby.WithinAsync();

        await Assert.ThrowsAsync<TransportException>(() => (what switch
        {
            "begin" => first.BeginAsync(9),
            "end" => first.EndAsync(1),
            _ => first.ReleaseAsync(closed: true, default),
        }).WithinAsync());

        await second.BeginAsync(1).WithinAsync();
        await second.AppendAsync(1, 1);
        Assert.Equal(["1 v1"], await a.TakeAsync(1));
        await second.DisposeAsync();
        await using var third = await _file.CreateProcess(clock: _running).LeadAsync([], default).WithinAsync();
        Assert.Equal((false, null, second.Epoch), (third.HasEnded, third.EndsAt, third.PreviousEpoch));
    }

    [Fact]
    public async Task Join_ActiveHangsForItsLease_TheNextGetsWhatItHadAndItsReportsAreRefused()
    {
        var stopped = await _file.CreateProcess(clock: _hanging).JoinAsync("a", default);
        await using var lead = await _file.CreateProcess(clock: _running).LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 3);
        Assert.Equal(["1 v1"], await stopped.TakeAsync(1));
        await stopped.SettleAsync(default).WithinAsync();
        Assert.Equal("2 v2", Show(await stopped.NextAsync()));
        await using var next = await _file.CreateProcess(clock: _running).JoinAsync("a", default);

        await PassAsync(() => next.IsActive);
        var second = await next.NextAsync();
        await lead.AppendAsync(4, 4);
        // It goes on: the clock of the machine had not stopped.
        _hanging.Advance(_running.GetUtcNow() - _hanging.GetUtcNow());
        var isHeld = stopped.IsHeld;
        stopped.Finish(2);

        Assert.Equal(("2 v2", true), (Show(second), second.IsRedelivered));
        Assert.Equal("3 v3", Show(await next.NextAsync()));
        Assert.False((await next.NextAsync()).IsRedelivered);
        Assert.False(isHeld);
        Assert.True(stopped.WhenLost.IsCompleted);
        await Assert.ThrowsAsync<TransportException>(() => stopped.SettleAsync(default).WithinAsync());
        Assert.Equal(1, lead.Positions.Snapshot()["a"]);
        await stopped.DisposeAsync();
    }

    [Fact]
    public async Task Hangs_NoOtherProcessWantsItsSessions_GoesOnWithThem()
    {
        await using var a = await _file.CreateProcess(clock: _hanging).JoinAsync("a", default);
        await using var lead = await _file.CreateProcess(clock: _hanging).LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();

        _hanging.Advance(TimeSpan.FromHours(1));

        Assert.True(a.IsHeld);
        await lead.AppendAsync(1, 1);
        Assert.Equal(["1 v1"], await a.TakeAsync(1));
        await a.SettleAsync(default).WithinAsync();
    }

    [Fact]
    public async Task Lead_LeaderRenewsItsLease_StandbyWaits()
    {
        await using var first = await _file.CreateProcess(clock: _running).LeadAsync([], default).WithinAsync();
        using var stop = new CancellationTokenSource();
        var process = _file.CreateProcess(clock: _running);
        var standby = process.LeadAsync([], stop.Token);
        await Until.TrueAsync(() => process.IsStandby);

        for (var second = 0; second < 60; second++)
        {
            _running.Advance(TimeSpan.FromSeconds(1));
            // A report after the tick: the tick has been seen by then.
            await first.BeginAsync(1).WithinAsync();
            await _file.CreateProcess(clock: _running).RegisterAsync(["a"], default).WithinAsync();
        }

        Assert.False(standby.IsCompleted);
        Assert.False(first.WhenLost.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => standby.WithinAsync());
    }

    [Fact]
    public async Task Boot_SessionsOfAnotherOne_AreTakenOverAtOnce()
    {
        await using var first = await _file.CreateProcess(clock: _hanging).LeadAsync([], default).WithinAsync();
        await first.BeginAsync(1).WithinAsync();
        _file.Execute("update streamx_processes set boot = 'another'");

        await using var second = await _file.CreateProcess(clock: _hanging).LeadAsync([], default).WithinAsync();

        Assert.Equal(first.Epoch + 1, second.Epoch);
    }

    [Fact]
    public async Task Boot_AContainerHasAnIdOfItsOwnForIt_TheLeaseDecides()
    {
        await using var first = await _file.CreateProcess(clock: _running).LeadAsync([], default).WithinAsync();
        await first.BeginAsync(1).WithinAsync();
        _file.Execute("update streamx_processes set boot = 'another' || substr(boot, instr(boot, ' '))");
        var process = _file.CreateProcess(clock: _running);

        var standby = process.LeadAsync([], default);
        await Until.TrueAsync(() => process.IsStandby || standby.IsCompleted);
        Assert.True(process.IsStandby);
        await first.DisposeAsync();

        await using var second = await standby.WithinAsync();
        Assert.Equal(first.Epoch + 1, second.Epoch);
    }

    [Fact]
    public async Task Clocks_AnHourApart_LeadAndValuesAreAsEver()
    {
        FakeTimeProvider ahead = new(_running.GetUtcNow() + TimeSpan.FromHours(1));
        await using var a = await _file.CreateProcess(clock: ahead).JoinAsync("a", default);
        var first = await _file.CreateProcess(clock: _running).LeadAsync([], default).WithinAsync();
        await first.BeginAsync(1).WithinAsync();
        await first.AppendAsync(1, 1);
        var process = _file.CreateProcess(clock: ahead);
        var standby = process.LeadAsync([], default);
        await Until.TrueAsync(() => process.IsStandby);
        await first.AppendAsync(2, 2);
        Assert.False(standby.IsCompleted);
        await first.DisposeAsync();

        await using var second = await standby.WithinAsync();
        await second.BeginAsync(3).WithinAsync();
        await second.AppendAsync(3, 3);

        Assert.Equal(["1 v1", "2 v2", "3 v3"], await a.TakeAsync(3));
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Time passes for the processes that run, until something has happened that needs it.</summary>
    private async Task PassAsync(Func<bool> until)
    {
        using var limit = new CancellationTokenSource(Bounded.Limit);
        while (!until())
        {
            _running.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }
}
