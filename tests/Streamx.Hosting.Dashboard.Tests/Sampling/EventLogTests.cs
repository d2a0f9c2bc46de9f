using Microsoft.Extensions.Time.Testing;
using Streamx.Hosting.Dashboard.Tests.Support;
using static Streamx.Hosting.Dashboard.Tests.Support.Statuses;

namespace Streamx.Hosting.Dashboard.Tests.Sampling;

public class EventLogTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly EventLog _log;

    public EventLogTests() => _log = new EventLog(_time);

    public static TheoryData<string, string> Changes => new()
    {
        { "Stalled", "Ledger has held the value at position 0 for 0.0 s." },
        { "Detached", "Ledger has left the stream." },
        { "Restarted", "Ledger was started again (2 times)." },
        { "Failed", "Ledger has failed." },
        { "Closed", "Stream orders has closed: everything accepted is finished." },
        { "Faulted", "Stream orders has faulted." },
        { "Paused", "Feed is paused." },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Compare_SomethingHappened_IsNotedOnce(string kind, string text)
    {
        var before = Stream(0, null, Consumer("Ledger"));
        var now = Change(before, kind);

        _log.Compare(before, now);
        _log.Compare(now, now);

        Assert.Equal((kind, "orders", text), Assert.Single(_log.All.Select(note => (note.Kind, note.Stream, note.Text))));
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void Compare_ItHadHappenedBeforeTheFirstLook_IsNoted(string kind, string text)
    {
        _log.Compare(null, Change(Stream(0, null, Consumer("Ledger")), kind));

        Assert.Equal(text, Assert.Single(_log.All).Text);
    }

    [Theory]
    [InlineData("Stalled", "Recovered")]
    [InlineData("Detached", "Attached")]
    [InlineData("Paused", "Resumed")]
    public void Compare_ItIsOver_IsNoted(string kind, string over)
    {
        var well = Stream(0, null, Consumer("Ledger"));

        _log.Compare(Change(well, kind), well);

        Assert.Equal(over, Assert.Single(_log.All).Kind);
    }

    [Fact]
    public void Compare_NameLosesItsLastProcess_IsNotedAndSoIsTheNext()
    {
        var (runs, gone) = (Statuses.Remote(leads: true, Name("billing", 0, "pod-1")), Statuses.Remote(leads: true, Name("billing", 3)));
        var stream = Stream(0, null) with { Remote = runs };

        _log.Compare(stream, stream with { Remote = gone });
        _log.Compare(stream with { Remote = gone }, stream with { Remote = gone });
        _log.Compare(stream with { Remote = gone }, stream);

        Assert.Equal(
            [("Gone", "billing has no live process."), ("Back", "billing has a live process again.")],
            _log.All.Select(note => (note.Kind, note.Text)));
    }

    [Fact]
    public void Compare_ConsumerStallsInAnotherProcess_IsNotedAndSoIsItsRecovery()
    {
        StreamxStreamStatus Reporting(bool isStalled) => Stream(0, null) with
        {
            Remote = Statuses.Remote(leads: false) with { Reports = [Report("pod-3", Reported("Billing", 1, 12.34, isStalled))] },
        };

        _log.Compare(Reporting(isStalled: false), Reporting(isStalled: true));
        _log.Compare(Reporting(isStalled: true), Reporting(isStalled: true));
        _log.Compare(Reporting(isStalled: true), Reporting(isStalled: false));
        _log.Compare(Reporting(isStalled: true), Reporting(isStalled: true) with { Remote = Statuses.Remote(leads: false) });

        Assert.Equal(
            [("Stalled", "Billing has held one value for 12.3 s in pod-3."), ("Recovered", "Billing goes on after its stall in pod-3.")],
            _log.All.Select(note => (note.Kind, note.Text)));
    }

    [Fact]
    public void Compare_LeadComesAndGoes_IsNoted()
    {
        var stream = Stream(0, null);
        var (other, leader) = (stream with { Remote = Statuses.Remote(leads: false) }, stream with { Remote = Statuses.Remote(leads: true) });

        _log.Compare(null, other);
        _log.Compare(other, leader);
        _log.Compare(leader, other);

        Assert.Equal(
            [("Leads", "Stream orders is led by this process."), ("Follows", "Stream orders is no longer led by this process.")],
            _log.All.Select(note => (note.Kind, note.Text)));
    }

    [Fact]
    public void Compare_ConsumerFailsOnValues_IsNotedAtOnce_AndThenCollected()
    {
        var well = Stream(0, null, Consumer("Ledger"));
        StreamxStreamStatus Failing(long skipped, long deadLettered, long retries) => well with
        {
            Consumers = [well.Consumers[0] with { ValuesSkipped = skipped, ValuesDeadLettered = deadLettered, Retries = retries }],
        };

        _log.Compare(well, Failing(1, 0, 0));
        _log.Compare(Failing(1, 0, 0), Failing(2, 1, 3));
        var before = _log.All.Count;
        _time.Advance(EventLog.FailurePause);
        _log.Compare(Failing(2, 1, 3), Failing(2, 1, 4));
        _time.Advance(EventLog.FailurePause);
        _log.Compare(Failing(2, 1, 4), Failing(2, 1, 4));

        Assert.Equal(1, before);
        Assert.Equal(
            [("Failing", "Ledger fails: 1 value skipped."), ("Failing", "Ledger fails: 1 value skipped, 1 value dead-lettered, 4 retries.")],
            _log.All.Select(note => (note.Kind, note.Text)));
    }

    [Theory]
    [InlineData(StreamxDetachCause.Operator, "Ledger was detached by an operator.", null)]
    [InlineData(StreamxDetachCause.Failure, "Ledger failed and was detached.", "The disk is full.")]
    [InlineData(StreamxDetachCause.Stall, "Ledger stalled and was detached.", null)]
    [InlineData(StreamxDetachCause.Returned, "Ledger returned before the end of the stream.", null)]
    public void Compare_ConsumerLeaves_SaysWhy(StreamxDetachCause cause, string text, string? message)
    {
        var well = Stream(0, null, Consumer("Ledger"));
        var left = well.Consumers[0] with { State = StreamxConsumerState.Detached, DetachCause = cause, LastFailure = Failure("The disk is full.") };

        _log.Compare(well, well with { Consumers = [left] });

        Assert.Equal((text, message), Assert.Single(_log.All.Select(note => (note.Text, note.Message))));
    }

    [Theory]
    [InlineData(StreamxConsumerState.Failed, null, "Failed", "Ledger has failed at position 17.")]
    [InlineData(StreamxConsumerState.RestartWait, null, "Failed", "Ledger has failed at position 17 and waits to be started again.")]
    [InlineData(StreamxConsumerState.Detached, null, "Detached", "Ledger failed at position 17 and was detached.")]
    [InlineData(StreamxConsumerState.RetryWait, null, "Failing", "Ledger fails: 1 retry, the last at position 17.")]
    [InlineData(StreamxConsumerState.Failed, false, "Failed", "Ledger has failed at value 17 of epoch 3.")]
    [InlineData(StreamxConsumerState.Detached, true, "Detached", "Ledger failed at value 17 of epoch 3 (redelivered) and was detached.")]
    [InlineData(StreamxConsumerState.RetryWait, true, "Failing", "Ledger fails: 1 retry, the last at value 17 of epoch 3 (redelivered).")]
    public void Compare_ConsumerFails_SaysOnWhichValueAndWhy(StreamxConsumerState state, bool? isRedelivered, string kind, string text)
    {
        var well = Stream(0, null, Consumer("Ledger"));
        var failure = Failure("The disk is full.") with
        {
            Position = 17,
            Delivery = isRedelivered is { } again ? new StreamxDelivery { Epoch = 3, Sequence = 17, IsRedelivered = again } : null,
        };
        var failed = well.Consumers[0] with
        {
            State = state,
            DetachCause = StreamxDetachCause.Failure,
            LastFailure = failure,
            Retries = state == StreamxConsumerState.RetryWait ? 1 : 0,
        };

        _log.Compare(well, well with { Consumers = [failed] });

        var note = Assert.Single(_log.All);
        Assert.Equal((kind, text, "System.IO.IOException", "The disk is full."), (note.Kind, note.Text, note.ErrorType, note.Message));
    }

    [Fact]
    public void Compare_ValueIsDeadLettered_SaysWhichAndWhy()
    {
        var well = Stream(0, null, Consumer("Ledger"));
        var failed = new StreamxFailedValue { Position = 17, WasDeadLettered = true, Failure = Failure("The disk is full.") with { Position = 17 } };

        _log.Compare(well, well with { Consumers = [well.Consumers[0] with { ValuesDeadLettered = 1, LastFailure = failed.Failure, FailedValues = [failed] }] });

        Assert.Equal(
            ("Ledger fails: 1 value dead-lettered, the last at position 17.", "System.IO.IOException", "The disk is full."),
            Assert.Single(_log.All.Select(note => (note.Text, note.ErrorType, note.Message))));
    }

    [Fact]
    public void Compare_StreamFaults_SaysWhoFailed()
    {
        var well = Stream(0, null, Consumer("Ledger"));
        var faulted = Change(Change(well, "Failed"), "Faulted");

        _log.Compare(well, faulted);

        Assert.Equal(["Stream orders has faulted: Ledger failed.", "Ledger has failed."], _log.All.Select(note => note.Text));
    }

    [Fact]
    public void Compare_StalledConsumerLeaves_DidNotRecover()
    {
        var well = Stream(0, null, Consumer("Ledger"));

        _log.Compare(Change(well, "Stalled"), Change(well, "Detached"));

        Assert.Equal("Detached", Assert.Single(_log.All).Kind);
    }

    [Fact]
    public void Compare_NothingHappened_NotesNothing()
    {
        _log.Compare(null, Stream(0, null, Consumer("Ledger")));
        _log.Compare(Stream(0, null, Consumer("Ledger")), Stream(1, null, Consumer("Ledger", holds: true)));

        Assert.Empty(_log.All);
    }

    [Fact]
    public void Log_RemembersTheNewest()
    {
        var well = Stream(0, null, Consumer("Ledger"));
        for (var number = 0; number < EventLog.Capacity + 7; number++) _log.Compare(well, Change(well, "Detached"));

        Assert.Equal(Enumerable.Range(8, EventLog.Capacity).Select(id => (long)id), _log.All.Select(note => note.Id));
        Assert.Equal([105, 106, 107], _log.Newest(3).Select(note => note.Id));
        Assert.Equal(EventLog.Capacity, _log.Newest(1000).Count);
    }

    private static StreamxStreamStatus Change(StreamxStreamStatus status, string kind)
    {
        var consumer = status.Consumers[0];
        return kind switch
        {
            "Stalled" => status with { Consumers = [consumer with { IsStalled = true }] },
            "Detached" => status with { Consumers = [consumer with { State = StreamxConsumerState.Detached }] },
            "Failed" => status with { Consumers = [consumer with { State = StreamxConsumerState.Failed }] },
            "Restarted" => status with { Consumers = [consumer with { Restarts = 2 }] },
            "Closed" => status with { Stream = status.Stream with { State = StreamState.Closed } },
            "Faulted" => status with { Stream = status.Stream with { State = StreamState.Faulted } },
            _ => status with { Producers = [status.Producers[0] with { State = StreamxProducerState.Paused }] },
        };
    }
}
