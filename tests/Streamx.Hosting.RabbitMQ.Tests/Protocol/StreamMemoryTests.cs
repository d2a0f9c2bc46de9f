namespace Streamx.Hosting.RabbitMQ.Tests.Protocol;

public sealed class StreamMemoryTests
{
    private const long Before = 7;
    private const long After = 8;

    [Fact]
    public void Stream_ItsOldMessagesComeAfterItsNewLeaderWasHeard_IsForgottenOnce()
    {
        var timesForgotten = 0;
        var memory = new StreamMemory(() => timesForgotten++);
        memory.NoteStream(Before, epoch: 10);
        memory.NoteNumber(epoch: 10, sequence: 1);

        memory.NoteStream(After, epoch: 11);
        memory.NoteStream(Before, epoch: 10);
        memory.NoteStream(After, epoch: 11);

        Assert.Equal(1, timesForgotten);
        Assert.True(memory.IsAheadOf(Before, epoch: 10));
    }

    [Fact]
    public void Stream_AnotherIdUnderAnEpochThatIsKnown_IsBehindUntilItsEpochIsNewer()
    {
        var memory = new StreamMemory();
        memory.NoteStream(Before, epoch: 10);

        memory.NoteStream(After, epoch: 10);

        Assert.Equal((Before, 10), memory.Newest);
        Assert.True(memory.IsAheadOf(After, epoch: 10));
        Assert.False(memory.IsAheadOf(Before, epoch: 10));
        Assert.False(memory.IsAheadOf(After, epoch: 11));
        memory.NoteStream(After, epoch: 11);
        Assert.Equal((After, 11), memory.Newest);
    }

    [Fact]
    public void NextEpoch_StreamGetsAnotherId_LeavesRoomForEpochsThatThisProcessHasMissed()
    {
        var memory = new StreamMemory();
        Assert.Equal(1, memory.NextEpoch(isNewStream: true));
        memory.NoteStream(Before, epoch: 10);

        Assert.Equal(11, memory.NextEpoch(isNewStream: false));
        Assert.Equal(11 + StreamMemory.EpochMargin, memory.NextEpoch(isNewStream: true));
    }
}
