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
}
