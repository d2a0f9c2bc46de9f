using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Streamx.Hosting.Tests.Simulation;
using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>What becomes of a consumer's values when its session is lost, step by step.</summary>
[Collection(SimulationCollection.Name)]
public sealed class ConsumerLoopTests
{
    private const int Window = 4;

    private readonly SimulatedClock _clock = new();
    private readonly FaultScript _faults = new();
    private readonly InMemoryStore _store;

    /// <summary>What was handled: by which process, what, and whether it may have been handled before.</summary>
    private readonly List<string> _handled = [];

    public ConsumerLoopTests() =>
        _store = new InMemoryStore(_clock) { Faults = _faults, Lease = TimeSpan.FromMilliseconds(30), HoldLimit = TimeSpan.FromMilliseconds(1000) };

    [Fact]
    public async Task Handler_AtWorkWhenTheSessionIsLost_IsGivenNothingElseOfThatSession()
    {
        await using var lead = await LeadAsync();
        var (one, work) = (_store.CreateProcess("one"), new TaskCompletionSource());
        await using var first = await StartAsync(one, _ => work.Task);
        await using var second = await StartAsync(_store.CreateProcess("two"));
        await AppendAsync(lead, 3);

        one.Disconnect();
        await _clock.UntilAsync(() => _handled.Count == 4);
        work.SetResult();
        await OneThread.IdleAsync();

        Assert.Equal(["one 1", "two 1 again", "two 2 again", "two 3 again"], _handled);
        Assert.Equal(3, _store.PositionOf("a"));
    }

    [Fact]
    public async Task Session_LostWhileAHandlerWorks_IsSaidAtOnce()
    {
        await using var lead = await LeadAsync();
        var (one, work) = (_store.CreateProcess("one"), new TaskCompletionSource());
        await using var first = await StartAsync(one, _ => work.Task);
        await AppendAsync(lead, 1);
        Assert.Empty(first.Status.Remote!.Problems);

        one.Disconnect();
        await OneThread.IdleAsync();

        Assert.Equal(["a: The connection has been lost."], first.Status.Remote!.Problems);
        Assert.Contains(first.Log(LogLevel.Warning), message => message.Contains("a: the session with the other processes is lost. The connection has been lost.", StringComparison.Ordinal));
        work.SetResult();
        await _clock.UntilAsync(() => first.Status.Remote!.Problems.Count == 0);
    }

    [Fact]
    public async Task Report_Lost_WhatThisProcessHasFinishedIsNotHandledAgain()
    {
        await using var lead = await LeadAsync();
        await using var first = await StartAsync(_store.CreateProcess("one"));
        _faults.Next(FaultPoint.Report, new Fault(FaultKind.LoseBefore));

        await AppendAsync(lead, 3);
        await _clock.UntilAsync(() => _store.PositionOf("a") == 3);

        Assert.Equal("one 1", _handled[0]);
        Assert.Single(_handled, value => value.StartsWith("one 1", StringComparison.Ordinal));
        Assert.Equal(3, _handled.Count);
    }

    [Fact]
    public async Task Process_CutOffForItsLease_BeginsNothingThatItStillHas()
    {
        await using var lead = await LeadAsync();
        var (one, work) = (_store.CreateProcess("one"), new TaskCompletionSource());
        await using var first = await StartAsync(one, _ => work.Task);
        await AppendAsync(lead, 2);
        one.Partition();
        _clock.Advance(2 * _store.Lease);
        await OneThread.IdleAsync();

        work.SetResult();
        await OneThread.IdleAsync();
        Assert.Equal(["one 1"], _handled);
        one.Heal();
        await _clock.UntilAsync(() => _store.PositionOf("a") == 2);

        Assert.Equal(["one 1", "one 2 again"], _handled);
    }

    [Fact]
    public async Task Process_Stopped_ReportsWhatIsInHandAndLeavesTheRestToTheNext()
    {
        await using var lead = await LeadAsync();
        var work = new TaskCompletionSource();
        await using var first = await StartAsync(_store.CreateProcess("one"), _ => work.Task);
        await AppendAsync(lead, 2);
        var stopping = first.StopAsync();
        await OneThread.IdleAsync();
        await using var second = await StartAsync(_store.CreateProcess("two"));

        work.SetResult();
        await _clock.UntilAsync(stopping);
        await _clock.UntilAsync(() => _store.PositionOf("a") == 2);

        Assert.Equal("one 1", _handled[0]);
        Assert.DoesNotContain("two 1 again", _handled);
        Assert.Equal(2, _handled.Count);
    }

    [Fact]
    public async Task Consumer_AttachedAgainBeforeItsLoopNoticesThatItLeft_ReceivesItsValues()
    {
        await using var lead = await LeadAsync();
        var work = new TaskCompletionSource();
        // Beside another consumer, without which it could not be detached.
        await using var first = Build(_store.CreateProcess("one"), _ => work.Task, other: "b");
        await Task.Yield();
        await _clock.UntilAsync(first.StartAsync());
        await AppendAsync(lead, 2);
        var control = first.Services.GetRequiredService<IStreamxControl>();

        // Nothing else runs on the one thread meanwhile: that 2 cannot be given to it is found out only afterwards.
        Assert.True(control.DetachConsumer("numbers", "a"));
        work.SetResult();
        Assert.True(control.AttachConsumer("numbers", "a"));
        await _clock.UntilAsync(() => _store.PositionOf("a") == 2);

        Assert.Equal(["one 1", "one 2 again"], _handled);
        Assert.DoesNotContain(first.Log(LogLevel.Warning), message => message.Contains("session", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Store_Wiped_NumbersThatBeginAgainAreNotTakenForRepeats()
    {
        var lead = await LeadAsync();
        await using var first = await StartAsync(_store.CreateProcess("one"));
        await AppendAsync(lead, 3);
        await _clock.UntilAsync(() => _store.PositionOf("a") == 3);

        _store.Wipe();
        await _clock.UntilAsync(() => _store.ActiveOf("a") is not null);
        await lead.DisposeAsync();
        await using var next = await LeadAsync();
        await AppendAsync(next, 2);
        await _clock.UntilAsync(() => _store.PositionOf("a") == 2);

        Assert.Equal(["one 1", "one 2", "one 3", "one 1", "one 2"], _handled);
    }

    [Fact]
    public async Task Reconnect_SessionsThatFinishNothing_WaitsGrow()
    {
        await using var lead = await LeadAsync();
        for (var i = 0; i < 6; i++) _faults.Next(FaultPoint.Deliver, new Fault(FaultKind.LoseBefore));
        await using var first = await StartAsync(_store.CreateProcess("one"), maxReconnectDelay: TimeSpan.FromMilliseconds(64));

        await AppendAsync(lead, 1);
        await _clock.UntilAsync(() => _handled.Count == 1);

        var delays = first.Services.GetRequiredService<FakeLogCollector>().GetSnapshot().Select(record => record.GetStructuredStateValue("DelaySeconds")).OfType<string>()
            .Select(delay => 1000 * double.Parse(delay, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(6, delays.Length);
        for (var i = 0; i < 6; i++) Assert.InRange(delays[i], 1 << i, 2 << i);
    }

    [Theory]
    [InlineData(ConsumerFailure.Skip)]
    [InlineData(ConsumerFailure.FaultStream)]
    public async Task Value_LongerThanTheLimit_IsAnErrorThatNamesIt(ConsumerFailure onFailure)
    {
        await using var lead = await LeadAsync();
        await using var first = await StartAsync(_store.CreateProcess("one"), onFailure: onFailure, maxValueBytes: 4);
        await lead.AppendAsync(new TransportValue(1, new byte[5]));
        await lead.AppendAsync(new TransportValue(2, new byte[] { 0, 0, 0, 2 }));

        await _clock.UntilAsync(() => onFailure == ConsumerFailure.Skip ? _store.PositionOf("a") == 2 : first.Status.Stream.State == StreamState.Faulted);

        Assert.Equal(onFailure == ConsumerFailure.Skip ? ["one 2"] : [], _handled);
        Assert.Contains(first.Log(LogLevel.Error), message => message.Contains("takes 5 bytes as it was written; MaxValueBytes allows 4", StringComparison.Ordinal));
        Assert.Equal(onFailure == ConsumerFailure.Skip ? 2 : 0, _store.PositionOf("a"));
    }

    [Fact]
    public async Task Host_StillStarting_HasJoinedAndGivesTheConsumerNothing()
    {
        await using var lead = await LeadAsync();
        var services = new TaskCompletionSource();
        await using var pod = Build(_store.CreateProcess("one"), services: services.Task);
        await Task.Yield();
        var starting = pod.StartAsync();
        await AppendAsync(lead, 2);

        Assert.Equal("one", _store.ActiveOf("a")?.Instance);
        Assert.Empty(_handled);
        services.SetResult();
        await _clock.UntilAsync(starting);
        await _clock.UntilAsync(() => _store.PositionOf("a") == 2);

        Assert.Equal(["one 1", "one 2"], _handled);
    }

    [Fact]
    public async Task Values_LostByTheStore_AreReportedAsUndeliveredAndPassedOver()
    {
        await using var lead = await LeadAsync();
        await AppendAsync(lead, 5);
        Assert.Equal(3, _store.Lose("a", 3).Count);
        await using var first = await StartAsync(_store.CreateProcess("one"));
        await _clock.UntilAsync(() => _store.PositionOf("a") == 5);

        var report = first.StopAsync();
        await _clock.UntilAsync(report);

        Assert.Equal(["one 4", "one 5"], _handled);
        Assert.Equal(3, first.Status.Remote!.ValuesLost);
        Assert.Contains(first.Log(LogLevel.Error), message => message.Contains("has not received values 1 to 3", StringComparison.Ordinal));
        var consumer = Assert.Single(Assert.Single((await report).Streams).Consumers);
        Assert.Equal((2, 3), (consumer.Finished, consumer.Undelivered));
    }

    [Fact]
    public async Task Handler_HoldsAValueForTooLong_IsCancelledBeforeAnotherProcessBeginsIt()
    {
        await using var lead = await LeadAsync();
        await using var first = await StartAsync(_store.CreateProcess("one"), async token =>
        {
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = token.Register(() =>
            {
                _handled.Add($"one cancelled after {_clock.Elapsed.TotalMilliseconds:0}");
                cancelled.SetResult();
            });
            await cancelled.Task;
            token.ThrowIfCancellationRequested();
        });
        await using var second = await StartAsync(_store.CreateProcess("two"));
        var began = _clock.Elapsed.TotalMilliseconds;

        await AppendAsync(lead, 2);
        await _clock.UntilAsync(() => _store.PositionOf("a") == 2);

        Assert.Equal(["one 1", $"one cancelled after {began + 900:0}", "two 1 again", "two 2 again"], _handled);
        Assert.Contains(first.Log(LogLevel.Error), message => message.Contains("the token of its handler is cancelled. A value has been held for", StringComparison.Ordinal));
        Assert.Equal(StreamState.Open, first.Status.Stream.State);
    }

    [Fact]
    public async Task Handler_FinishesAfterItsTokenWasCancelled_ValueIsNotRepeatedAndNothingElseIsBegun()
    {
        await using var lead = await LeadAsync();
        var work = new TaskCompletionSource();
        await using var first = await StartAsync(_store.CreateProcess("one"), _ => work.Task);
        await using var second = await StartAsync(_store.CreateProcess("two"));
        await AppendAsync(lead, 2);

        _clock.Advance(TimeSpan.FromMilliseconds(950));
        await OneThread.IdleAsync();
        work.SetResult();
        await _clock.UntilAsync(() => _store.PositionOf("a") == 2);

        Assert.Equal(["one 1", "two 2 again"], _handled);
    }

    [Fact]
    public async Task Values_BehindASlowOne_CountFromTheirDelivery()
    {
        await using var lead = await LeadAsync();
        await using var first = await StartAsync(_store.CreateProcess("one"), token => Task.Delay(TimeSpan.FromMilliseconds(800), _clock, token));
        await AppendAsync(lead, 1);
        await _clock.UntilAsync(() => _store.PositionOf("a") == 1);
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        await lead.AppendAsync(new TransportValue(2, new byte[] { 0, 0, 0, 2 }));

        await _clock.UntilAsync(() => _store.PositionOf("a") == 2);

        Assert.Equal(["one 1", "one 2"], _handled);
    }

    [Fact]
    public async Task Value_SkippedBehindOneInHandWhenTheSessionIsLost_ConsumerJoinsAgain()
    {
        await using var lead = await LeadAsync();
        var (one, work) = (_store.CreateProcess("one"), new TaskCompletionSource());
        await using var first = await StartAsync(one, _ => work.Task, ConsumerFailure.Skip, maxValueBytes: 4);
        await lead.AppendAsync(new TransportValue(1, new byte[] { 0, 0, 0, 1 }));
        await lead.AppendAsync(new TransportValue(2, new byte[5]));
        await lead.AppendAsync(new TransportValue(3, new byte[] { 0, 0, 0, 3 }));
        await _clock.UntilAsync(() => _handled.Count == 1);

        one.Disconnect();
        await OneThread.IdleAsync();
        work.SetResult();
        await _clock.UntilAsync(() => _store.PositionOf("a") == 3);

        Assert.StartsWith("one 3", _handled[^1], StringComparison.Ordinal);
    }

    /// <summary>Leads from a process of its own, and begins behind whatever there is.</summary>
    private async Task<ILeadSession> LeadAsync()
    {
        await _store.CreateProcess().RegisterAsync(["a"], default);
        var lead = await _store.CreateProcess("leader").LeadAsync([], default);
        await lead.BeginAsync(lead.HighestReceived + 1);
        return lead;
    }

    private static async Task AppendAsync(ILeadSession lead, int last)
    {
        for (var value = 1; value <= last; value++)
        {
            var body = new byte[] { 0, 0, 0, (byte)value };
            await lead.AppendAsync(new TransportValue(value, body));
        }

        await OneThread.IdleAsync();
    }

    /// <summary>Starts a process of the consumer.</summary>
    /// <param name="process">Its way to the store.</param>
    /// <param name="work">What handling the first value takes; null for nothing.</param>
    /// <param name="onFailure">What is done with a value that cannot be handled.</param>
    /// <param name="maxValueBytes">The most bytes that a value may take.</param>
    /// <param name="maxReconnectDelay">The longest wait before a lost session is opened again.</param>
    private async Task<Pod> StartAsync(
        InMemoryTransport process,
        Func<CancellationToken, Task>? work = null,
        ConsumerFailure onFailure = ConsumerFailure.FaultStream,
        int maxValueBytes = int.MaxValue,
        TimeSpan? maxReconnectDelay = null)
    {
        await Task.Yield();
        var pod = Build(process, work, onFailure, maxValueBytes, maxReconnectDelay);
        await _clock.UntilAsync(pod.StartAsync());
        return pod;
    }

    /// <summary>Builds a process of the consumer.</summary>
    /// <param name="process">Its way to the store.</param>
    /// <param name="work">What handling the first value takes; null for nothing.</param>
    /// <param name="onFailure">What is done with a value that cannot be handled.</param>
    /// <param name="maxValueBytes">The most bytes that a value may take.</param>
    /// <param name="maxReconnectDelay">The longest wait before a lost session is opened again.</param>
    /// <param name="services">What starting its other services takes; null for nothing.</param>
    /// <param name="other">Another consumer of it, which does nothing; null for none.</param>
    private Pod Build(
        InMemoryTransport process,
        Func<CancellationToken, Task>? work = null,
        ConsumerFailure onFailure = ConsumerFailure.FaultStream,
        int maxValueBytes = int.MaxValue,
        TimeSpan? maxReconnectDelay = null,
        Task? services = null,
        string? other = null) =>
        Pod.Build(
            "numbers",
            stream =>
            {
                stream.Services.AddSingleton<TimeProvider>(_clock);
                stream.Services.AddSingleton<IHostedService>(new HookService { OnStart = _ => services ?? Task.CompletedTask });
                if (other is not null) stream.AddConsumer(other, (_, _) => ValueTask.CompletedTask);
                stream.UseInMemory(process, maxValueBytes, maxReconnectDelay).AddConsumer(
                    "a",
                    async (value, token) =>
                    {
                        _handled.Add($"{process.Instance} {value}{(StreamxDelivery.Current!.IsRedelivered ? " again" : null)}");
                        if (value == 1 && work is not null) await work(token);
                    },
                    o => o.OnFailure = onFailure);
            },
            o => o.Window = Window);
}
