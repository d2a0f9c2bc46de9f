namespace Streamx.Hosting.RabbitMQ.Tests.Protocol;

/// <summary>The consumer's rules for messages of several values. Epochs are 1, 2; tags count the messages.</summary>
public sealed class CombinedDeliveryTests
{
    private ulong _tag;

    [Fact]
    public void Confirm_SomeValuesOfAMessageFinished_TheMessageIsAcknowledgedWithItsLast()
    {
        var ledger = Ledger(position: 4);
        Assert.Equal([Verdict.Deliver, Verdict.Deliver, Verdict.Deliver], Values(ledger, 1, 5, 7));
        Values(ledger, 1, 8, 9);

        ledger.Finish(6);
        Assert.Equal((6, 0ul), (ledger.Now.Checkpoint.Position, Confirm(ledger)));
        ledger.Finish(8);
        Assert.Equal(1ul, Confirm(ledger));
        ledger.Finish(9);
        Assert.Equal(2ul, Confirm(ledger));
    }

    [Fact]
    public void Receive_MessageAgainAfterItsFirstValuesWereFinished_TheRestIsDelivered()
    {
        var before = Ledger(position: 4);
        Values(before, 1, 5, 8);
        before.Finish(6);

        var after = new DeliveryLedger(before.Now.Checkpoint);

        Assert.Equal([Verdict.Drop, Verdict.Drop, Verdict.Deliver, Verdict.Deliver], Values(after, 1, 5, 8));
        Assert.Equal(0ul, Confirm(after));
        after.Finish(8);
        Assert.Equal(_tag, Confirm(after));
    }

    [Fact]
    public void Receive_MessageOfWhichAllIsFinished_IsDroppedAndAcknowledgedAtOnce()
    {
        var ledger = Ledger(position: 8);

        Assert.All(Values(ledger, 1, 5, 8), verdict => Assert.Equal(Verdict.Drop, verdict));

        Assert.Equal(1ul, Confirm(ledger));
    }

    [Fact]
    public void Receive_FenceWithinAMessage_OnlyWhatWasReceivedBeforeItCounts()
    {
        var ledger = Ledger(position: 4);
        Values(ledger, 1, 5, 6);
        Sync(ledger, 2);
        var again = new DeliveryLedger(ledger.Now.Checkpoint);

        // A replaced leader wrote the first message of numbers 5 to 8; its successor gave 7 and 8 to other values.
        Assert.Equal([Verdict.Deliver, Verdict.Deliver, Verdict.Drop, Verdict.Drop], Values(again, 1, 5, 8));
        Sync(again, 2);
        Assert.Equal([Verdict.Deliver, Verdict.Deliver], Values(again, 2, 7, 8));
        again.Finish(6);
        Assert.Equal(_tag - 1, Confirm(again));
        again.Finish(8);
        Assert.Equal(_tag, Confirm(again));
    }

    [Fact]
    public void Receive_GapBeforeAMessage_NoneOfItIsDeliveredOrAcknowledgedBeforeWhatIsMissing()
    {
        var ledger = Ledger(position: 4);

        Assert.All(Values(ledger, 1, 7, 9), verdict => Assert.Equal(Verdict.ReportMissing, verdict));
        Assert.Equal(0ul, Confirm(ledger));
        Assert.Equal(4, ledger.Answer(Checkpoint.None).Received);

        Sync(ledger, 2);
        Assert.All(Values(ledger, 2, 5, 9), verdict => Assert.Equal(Verdict.Deliver, verdict));
        ledger.Finish(8);
        Assert.Equal(0ul, Confirm(ledger));
        ledger.Finish(9);
        Assert.Equal(_tag, Confirm(ledger));
    }

    [Fact]
    public void Receive_MessageThatOverlapsWhatHasCome_OnlyTheNewValuesAreDelivered()
    {
        var ledger = Ledger(position: 4);
        Values(ledger, 1, 5, 6);
        Sync(ledger, 2);

        Assert.Equal([Verdict.Drop, Verdict.Deliver, Verdict.Deliver], Values(ledger, 2, 6, 8));
    }

    [Fact]
    public void Receive_FirstMessageOfANewConsumer_IsWhereItBegins()
    {
        var ledger = Ledger(Checkpoint.None);

        Assert.All(Values(ledger, 1, 40, 42), verdict => Assert.Equal(Verdict.Deliver, verdict));

        Assert.Equal((39, 42), (ledger.Now.Checkpoint.Position, ledger.Answer(42).Received));
    }

    [Fact]
    public void Receive_MessageOfAStreamThatTheBrokerHasLost_IsDroppedAsAWhole()
    {
        var ledger = new DeliveryLedger(new Checkpoint("a", 2, 3, []) { StreamId = 8 });
        StreamMessage[] values = [.. Range(1, 4, 5).Select(value => value with { StreamId = 7 })];

        Assert.All(ledger.Receive(values, ++_tag), verdict => Assert.Equal(Verdict.Drop, verdict));

        Assert.Equal((3, 1ul), (ledger.Now.Checkpoint.Position, Confirm(ledger)));
    }

    private static DeliveryLedger Ledger(long position) => new(new Checkpoint("a", 0, position, []));

    private IReadOnlyList<Verdict> Values(DeliveryLedger ledger, long epoch, long first, long last) => ledger.Receive([.. Range(epoch, first, last)], ++_tag);

    private static IEnumerable<StreamMessage> Range(long epoch, long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++) yield return new StreamMessage(MessageTypes.Value, epoch, sequence, default);
    }

    private void Sync(DeliveryLedger ledger, long epoch) => ledger.Receive(new StreamMessage(MessageTypes.Sync, epoch, Checkpoint.None, default), ++_tag);

    private static ulong Confirm(DeliveryLedger ledger)
    {
        var (checkpoint, tag) = ledger.Now;
        return ledger.Confirm(checkpoint.Position, tag);
    }
}
