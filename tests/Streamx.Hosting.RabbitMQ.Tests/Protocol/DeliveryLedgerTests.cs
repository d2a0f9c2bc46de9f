namespace Streamx.Hosting.RabbitMQ.Tests.Protocol;

/// <summary>The consumer's rules, message by message. Epochs are 1, 2, 3; tags count the messages.</summary>
public class DeliveryLedgerTests
{
    private ulong _tag;

    [Fact]
    public void Receive_NextNumbers_AreDelivered()
    {
        var ledger = Ledger(position: 4);

        Assert.Equal(Verdict.Deliver, Value(ledger, 1, 5));
        Assert.Equal(Verdict.Deliver, Value(ledger, 1, 6));
    }

    [Fact]
    public void Receive_NumberAgain_IsDropped()
    {
        var ledger = Ledger(position: 4);
        Value(ledger, 1, 5);

        Assert.Equal(Verdict.Drop, Value(ledger, 2, 5));
        Assert.Equal(Verdict.Drop, Value(ledger, 2, 4));
    }

    [Fact]
    public void Receive_FirstOfANewName_IsWhereItBegins()
    {
        var ledger = Ledger(Checkpoint.None);

        Assert.Equal(Verdict.Deliver, Value(ledger, 1, 40));
        Assert.Equal(39, ledger.Now.Checkpoint.Position);
    }

    [Fact]
    public void Receive_Gap_IsReportedAndNeitherDeliveredNorAcknowledgedBeforeWhatIsMissing()
    {
        var ledger = Ledger(position: 4);

        Assert.Equal(Verdict.ReportMissing, Value(ledger, 1, 7));
        Assert.Equal(0ul, Confirm(ledger));

        Assert.Equal(Verdict.Answer, Sync(ledger, 2));
        Assert.Equal(Verdict.Deliver, Value(ledger, 2, 5));
        Assert.Equal(Verdict.Deliver, Value(ledger, 2, 6));
        Assert.Equal(Verdict.Deliver, Value(ledger, 2, 7));
        ledger.Finish(7);
        Assert.Equal(_tag, Confirm(ledger));
    }

    [Fact]
    public void Sync_ValuesInHand_AnswersWhatIsReceivedApartFromWhatIsFinished()
    {
        var ledger = Ledger(position: 4);
        Value(ledger, 1, 5);
        Value(ledger, 1, 6);
        ledger.Finish(5);

        Sync(ledger, 2);

        Assert.Equal(new SyncAnswer("a", 2, Position: 5, Received: 6, Head: Checkpoint.None), ledger.Answer(Checkpoint.None));
    }

    [Fact]
    public void Receive_OfAReplacedLeaderAfterItsSuccessor_IsDropped()
    {
        var ledger = Ledger(position: 4);
        Sync(ledger, 2);

        Assert.Equal(Verdict.Drop, Value(ledger, 1, 5));
        Assert.Equal(Verdict.Deliver, Value(ledger, 2, 5));
    }

    [Fact]
    public void Receive_OfAReplacedLeaderBeforeItsSuccessor_IsDeliveredAgainAfterARestart()
    {
        var before = Ledger(position: 4);
        Value(before, 1, 5);
        Sync(before, 2);

        // Nothing was acknowledged: everything comes again, to a ledger that knows the fence.
        var after = new DeliveryLedger(before.Now.Checkpoint);

        Assert.Equal(Verdict.Deliver, Value(after, 1, 5));
        Assert.Equal(Verdict.Answer, Sync(after, 2));
        Assert.Equal(5, after.Answer(0).Received);
    }

    [Fact]
    public void Receive_OfALeaderReplacedTwice_IsDroppedAfterARestartToo()
    {
        var before = Ledger(position: 4);
        Value(before, 1, 5);
        Sync(before, 2);
        Value(before, 1, 6);
        Value(before, 2, 6);
        Sync(before, 3);

        var after = new DeliveryLedger(before.Now.Checkpoint);

        Assert.Equal(Verdict.Deliver, Value(after, 1, 5));
        Sync(after, 2);
        Assert.Equal(Verdict.Drop, Value(after, 1, 6));
        Assert.Equal(Verdict.Deliver, Value(after, 2, 6));
    }

    [Fact]
    public void Finish_BeyondAFence_ForgetsTheOnesBeforeIt()
    {
        var ledger = Ledger(position: 4);
        Sync(ledger, 2);
        Value(ledger, 2, 5);
        Sync(ledger, 3);

        ledger.Finish(5);

        Assert.Equal([new Fence(3, 5)], ledger.Now.Checkpoint.Fences);
    }

    [Fact]
    public void Begin_BeyondWhatWasReceived_PositionGoesOnOnceTheRestIsFinished()
    {
        var ledger = Ledger(position: 4);
        Value(ledger, 1, 5);
        Sync(ledger, 2);
        Receive(ledger, MessageTypes.Begin, 2, 9);

        Assert.Equal(4, ledger.Now.Checkpoint.Position);
        ledger.Finish(5);

        Assert.Equal(8, ledger.Now.Checkpoint.Position);
        Assert.Equal(Verdict.Deliver, Value(ledger, 2, 9));
    }

    [Fact]
    public void Begin_NothingInHand_PositionGoesOnAtOnce()
    {
        var ledger = Ledger(position: 4);
        Sync(ledger, 2);

        Receive(ledger, MessageTypes.Begin, 2, 9);

        Assert.Equal(8, ledger.Now.Checkpoint.Position);
    }

    [Fact]
    public void Begin_OfAReplacedLeader_ChangesNothing()
    {
        var ledger = Ledger(position: 4);
        Sync(ledger, 2);

        Receive(ledger, MessageTypes.Begin, 1, 9);

        Assert.Equal(Verdict.Deliver, Value(ledger, 2, 5));
    }

    [Fact]
    public void Sync_NewName_BeginsWhereTheLeaderIs()
    {
        var ledger = Ledger(Checkpoint.None);

        Sync(ledger, 2, head: 17);

        Assert.Equal(new SyncAnswer("a", 2, 17, 17, 17), ledger.Answer(17));
    }

    [Fact]
    public void Confirm_ReportFromBeforeAMessage_DoesNotAcknowledgeIt()
    {
        var ledger = Ledger(position: 4);
        Value(ledger, 1, 5);
        ledger.Finish(5);
        var report = ledger.Now;
        // Its fence is not in the report, so it must come again if this process ends now.
        Sync(ledger, 2);

        Assert.Equal(1ul, ledger.Confirm(report.Checkpoint.Position, report.Tag));
    }

    [Fact]
    public void Confirm_ValueInHand_AcknowledgesWhatCameBeforeIt()
    {
        var ledger = Ledger(position: 4);
        Value(ledger, 1, 5);
        Value(ledger, 1, 6);
        ledger.Finish(5);

        Assert.Equal(1ul, Confirm(ledger));
        Assert.Equal(0ul, Confirm(ledger));
    }

    [Fact]
    public void Confirm_End_StaysUntilTheStreamIsOpenedAgain()
    {
        var ledger = Ledger(position: 4);
        Assert.Equal(Verdict.Deliver, Receive(ledger, MessageTypes.Close, 1, 5));
        ledger.Finish(5);
        Assert.Equal(0ul, Confirm(ledger));

        Sync(ledger, 2);

        Assert.Equal(2ul, Confirm(ledger));
    }

    [Fact]
    public void Receive_EndThatIsFinished_IsDeliveredToTheNextProcess()
    {
        var ledger = Ledger(position: 5);

        Assert.Equal(Verdict.Deliver, Receive(ledger, MessageTypes.Close, 1, 5));
    }

    [Fact]
    public void Now_CheckpointOfAnotherProcess_CarriesThisOnesInstance()
    {
        var ledger = new DeliveryLedger(new Checkpoint("a", 1, 4, []) { Instance = "one" }, "two");

        Assert.Equal(("two", "two"), (ledger.Now.Checkpoint.Instance, ledger.Answer(4).Instance));
    }

    [Fact]
    public void BeginStream_EverythingFinished_NumbersBeginAnewAndWhatIsLeftOfTheOldIsDropped()
    {
        var ledger = new DeliveryLedger(new Checkpoint("a", 1, 1000, [new Fence(1, 900)]) { StreamId = 7 });
        var first = new StreamMessage(MessageTypes.Sync, 2, Checkpoint.None, default) { StreamId = 8 };
        Assert.True(ledger.IsFinished && ledger.BeginsAnotherStream(first));
        Assert.False(ledger.BeginsAnotherStream(first with { Epoch = 1 }));

        ledger.BeginStream(8);

        Assert.Equal(Verdict.Answer, ledger.Receive(first, ++_tag));
        Assert.Equal(new SyncAnswer("a", 2, Checkpoint.None, Checkpoint.None, Checkpoint.None) { Highest = 1000, StreamId = 8 }, ledger.Answer(Checkpoint.None, highest: 1000));
        Assert.Equal(Verdict.Drop, ledger.Receive(new StreamMessage(MessageTypes.Value, 1, 1001, default) { StreamId = 7 }, ++_tag));
        Assert.Equal(Verdict.Deliver, ledger.Receive(new StreamMessage(MessageTypes.Value, 2, 1, default) { StreamId = 8 }, ++_tag));
        Assert.Equal((0L, 8L), (ledger.Now.Checkpoint.Position, ledger.Now.Checkpoint.StreamId));
    }

    [Fact]
    public void IsFinished_ValueInHand_IsNot()
    {
        var ledger = Ledger(position: 4);
        Value(ledger, 1, 5);
        Assert.False(ledger.IsFinished);

        ledger.Finish(5);

        Assert.True(ledger.IsFinished);
    }

    [Fact]
    public void Begin_BeyondValuesThatHaveNotCome_SaysWhichAreLost()
    {
        var ledger = Ledger(position: 4);
        Value(ledger, 1, 5);
        ledger.Finish(5);
        Sync(ledger, 2);

        Assert.Equal(Verdict.Skip, Begin(ledger, 2, 11, highest: 8));
        Assert.Equal((6, 8), ledger.Skipped);

        Assert.Equal(5, ledger.Now.Checkpoint.Position);
        // The numbers behind it were never given to a value.
        ledger.Finish(8);
        Assert.Equal(10, ledger.Now.Checkpoint.Position);
        Assert.Equal(Verdict.Deliver, Value(ledger, 2, 11));
    }

    [Fact]
    public void Begin_BeyondNumbersThatNoNameHasReceived_SkipsNone()
    {
        var ledger = Ledger(position: 4);
        Sync(ledger, 2);

        Assert.Equal(Verdict.Drop, Begin(ledger, 2, 8, highest: 4));

        Assert.Equal(7, ledger.Now.Checkpoint.Position);
    }

    [Fact]
    public void Sync_SomethingMissingBeforeWhatHasCome_WhatHasComeCountsAlsoAfterARestart()
    {
        var ledger = Ledger(position: 4);
        Assert.Equal(Verdict.ReportMissing, Value(ledger, 1, 7));
        Sync(ledger, 2);

        Assert.Equal((4, 7), (ledger.Answer(Checkpoint.None).Received, ledger.Answer(Checkpoint.None).Highest));
        var again = new DeliveryLedger(ledger.Now.Checkpoint);
        Assert.Equal(Verdict.ReportMissing, Value(again, 1, 7));
        Sync(again, 2);
        Assert.Equal(Verdict.Skip, Begin(again, 2, 8, highest: 7));
        Assert.Equal((5, 7), again.Skipped);
        again.Finish(7);
        Assert.Equal(_tag, Confirm(again));
    }

    [Theory]
    [InlineData("streamx.other")]
    [InlineData(null)]
    public void Read_UnknownKind_IsNone(string? kind)
    {
        var properties = new StreamMessage(MessageTypes.Value, 1, 1, default).ToProperties(DateTimeOffset.UnixEpoch);
        properties.Type = kind;

        Assert.Null(StreamMessage.TryRead(properties, default));
    }

    private static DeliveryLedger Ledger(long position) => new(new Checkpoint("a", 0, position, []));

    private Verdict Value(DeliveryLedger ledger, long epoch, long sequence) => Receive(ledger, MessageTypes.Value, epoch, sequence);

    private Verdict Sync(DeliveryLedger ledger, long epoch, long head = Checkpoint.None) => Receive(ledger, MessageTypes.Sync, epoch, head);

    private Verdict Begin(DeliveryLedger ledger, long epoch, long first, long highest) =>
        ledger.Receive(new StreamMessage(MessageTypes.Begin, epoch, first, default) { Highest = highest }, ++_tag);

    private Verdict Receive(DeliveryLedger ledger, string kind, long epoch, long sequence) =>
        ledger.Receive(new StreamMessage(kind, epoch, sequence, default), ++_tag);

    private static ulong Confirm(DeliveryLedger ledger)
    {
        var (checkpoint, tag) = ledger.Now;
        return ledger.Confirm(checkpoint.Position, tag);
    }
}
