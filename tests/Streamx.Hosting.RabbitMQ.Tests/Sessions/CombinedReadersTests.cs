using Streamx.TestUtilities.Clocks;

namespace Streamx.Hosting.RabbitMQ.Tests.Sessions;

/// <summary>When values may go together: once every process that may be given any reads such messages.</summary>
public sealed class CombinedReadersTests
{
    private readonly SimulatedClock _clock = new();
    private readonly ConsumerPositions _positions;
    private readonly CombinedReaders _readers;
    private readonly List<string> _amiss = [];

    public CombinedReadersTests()
    {
        _positions = new ConsumerPositions(_clock);
        _positions.Add("a");
        _readers = new CombinedReaders(_positions, CombinedReaders.Listening, _clock, _amiss.Add);
    }

    [Fact]
    public void All_EveryProcessReads_OnceEachHasHadTheTimeToAnnounceItself()
    {
        Present("a", "one");
        Assert.False(_readers.All);

        _clock.Advance(CombinedReaders.Listening);

        Assert.True(_readers.All);
    }

    [Fact]
    public void All_StandbyOfAnEarlierVersion_NotUntilItHasGone()
    {
        Present("a", "one");
        Present("a", "old", reads: 0);
        Listen();
        Assert.False(_readers.All);

        for (var i = 0; i < 4; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(3));
            Present("a", "one");
        }

        Assert.True(_readers.All);
        Assert.Contains("'old' of consumer 'a' is of an earlier version", Assert.Single(_amiss), StringComparison.Ordinal);
    }

    [Fact]
    public void All_EarlierVersionComesLater_NoLongerAtOnce()
    {
        Listen();
        Present("a", "one");
        Assert.True(_readers.All);

        Present("a", "old", reads: 0);

        Assert.False(_readers.All);
    }

    [Fact]
    public void All_TwoProcessesOfOneNameOneOfThemEarlier_Not()
    {
        Listen();
        Present("a", "one");
        Present("a", "one", reads: 0);
        Present("a", "one");

        Assert.False(_readers.All);
    }

    [Fact]
    public void All_ConsumerWithoutAProcess_Not()
    {
        Listen();
        Present("a", "one");
        Assert.True(_readers.All);

        _clock.Advance(ConsumerProcesses.Patience);

        Assert.False(_readers.All);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All_ConsumerAboutToBeRegistered_NotUntilItsProcessReads(bool isRegistered)
    {
        Listen();
        Present("a", "one");
        Assert.True(_readers.All);

        _readers.OnMentioned("b");
        Assert.False(_readers.All);
        if (isRegistered) _positions.Add("b");
        Present("b", "two");

        Assert.True(_readers.All);
    }

    [Fact]
    public void All_MentionedAndNeverRegistered_AgainAfterAWhile()
    {
        Listen();
        _readers.OnMentioned("b");

        for (var i = 0; i < 4; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(3));
            Present("a", "one");
        }

        Assert.True(_readers.All);
    }

    [Fact]
    public void All_UnknownConsumerOfAnEarlierVersion_Not()
    {
        Listen();
        Present("a", "one");
        Assert.True(_readers.All);

        Present("b", "old", reads: 0);

        Assert.False(_readers.All);
    }

    [Fact]
    public void All_ConsumerRetired_NoLongerCounts()
    {
        _positions.Add("b");
        Listen();
        Present("a", "one");
        Assert.False(_readers.All);

        _positions.Remove("b");
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(_readers.All);
    }

    private void Listen() => _clock.Advance(CombinedReaders.Listening);

    private void Present(string name, string instance, int reads = StreamMessage.CombinedVersion) =>
        _readers.OnPresent(new Presence(name, instance, IsActive: true) { Reads = reads });
}
