using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Checking;

/// <summary>The check sees what is wrong: it is fed logs of which it is known.</summary>
public sealed class FlowCheckTests
{
    private const int Reach = 2;

    private readonly WorkLogs _logs = new("");

    [Fact]
    public void Everything_HandledInOrder_NoProblems()
    {
        Add("producer.1", "1 intend 1", "2 return 1", "3 intend 2", "4 return 2");
        Add("a.1", "5 begin 1 10 1", "6 end 1", "7 begin 2 10 2", "8 end 2");

        Assert.Empty(Problems());
    }

    [Fact]
    public void Repeats_MarkedAndWithinReach_NoProblems()
    {
        Add("producer.1", "1 intend 1", "2 return 1", "3 intend 2", "4 return 2");
        Add("a.1", "5 begin 1 10 1", "6 end 1", "7 begin 2 10 2");
        Add("a.2", "8 begin 1 10 1 again", "9 end 1", "10 begin 2 10 2 again", "11 end 2");

        Assert.Empty(Problems());
        Assert.Equal((2, 1), (Check().Repeats("a", 8, 11), Check().Repeats("a", 10, 11)));
        Assert.Equal((2, 1), (Check().Values("a", 5, 11), Check().Values("a", 7, 11)));
    }

    [Fact]
    public void Put_NotReturned_MayBeMissing()
    {
        Add("producer.1", "1 intend 1", "2 return 1", "3 intend 2");
        Add("producer.2", "4 intend 101", "5 return 101");
        Add("a.1", "5 begin 1 10 1", "6 end 1", "7 begin 101 11 2", "8 end 101");

        Assert.Empty(Problems());
    }

    [Theory]
    [InlineData("5 begin 1 10 1", "6 end 1")]
    [InlineData("5 begin 1 10 1", "6 end 1", "7 begin 2 10 2")]
    public void ReturnedValue_NotHandledToItsEnd_IsLost(params string[] lines)
    {
        Add("producer.1", "1 intend 1", "2 return 1", "3 intend 2", "4 return 2");
        Add("a.1", lines);

        Assert.Equal(["a has not handled 2, whose put returned."], Problems());
    }

    [Theory]
    [InlineData(2, 2, true)]
    [InlineData(1, 1, false)]
    public void ReturnedValue_MissingForOne_IsExcusedOnlyByARangeWithItsNumber(long first, long last, bool isExcused)
    {
        Add("producer.1", "1 intend 1", "2 return 1", "3 intend 2", "4 return 2");
        Add("a.1", "5 begin 1 10 1", "6 end 1");
        Add("b.1", "5 begin 1 10 1", "6 end 1", "7 begin 2 10 2", "8 end 2");

        _logs.Losses.AddRange("a", first, last);
        _logs.Losses.AddRange("b", 2, 2);

        Assert.Equal(isExcused ? [] : ["a has not handled 2, whose put returned."], Problems("a", "b"));
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(2, false)]
    public void ReturnedValues_MissingForAll_AreExcusedByAsManyNumbersThatAreNoOthers(long last, bool isExcused)
    {
        Add("producer.1", "1 intend 1", "2 return 1", "3 intend 2", "3 intend 3", "4 return 2", "4 return 3");
        Add("a.1", "5 begin 1 10 1", "6 end 1");

        _logs.Losses.AddRange("a", 1, last);

        Assert.Equal(isExcused ? [] : ["a has not handled 3, whose put returned."], Problems());
    }

    [Fact]
    public void ReturnedValues_BeforeTheBrokerForgotTheStream_AreExcusedAsFarAsTheyCanHaveBeenUnfinished()
    {
        Add("producer.1", "1 intend 1", "2 return 1", "3 intend 2", "3 intend 3", "4 return 2", "5 return 3", "7 intend 4", "8 return 4");

        _logs.Losses.AddForgotten("a.1", 6);
        _logs.Losses.AddForgotten("b.1", 6);

        Assert.Equal(["a has not handled 1, whose put returned.", "a has not handled 4, whose put returned."], Problems());
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(0, false)]
    public void Value_PutTwice_IsExcusedIfTheBrokerForgotTheStreamSinceItsPutBegan(long time, bool isExcused)
    {
        Add("producer.1", "1 intend 1");
        Add("a.1", "5 begin 1 10 1", "6 end 1", "7 begin 1 11 2 again", "8 end 1");

        _logs.Losses.AddForgotten("a.1", time);

        Assert.Equal(isExcused ? [] : ["1 has the numbers 1, 2, and nobody else led meanwhile."], Problems());
    }

    [Fact]
    public void Losses_AsProcessesPrintThem_AreRead()
    {
        var console = new ConsoleLines(line => _logs.Losses.AddOutput("a.1", line));
        Log.ValuesLost(console, "a", "faults", 3, 5);
        Log.StreamForgotten(console, "faults");

        Assert.Equal([3, 4, 5], _logs.Losses.Of("a").Order());
        Assert.Equal((1, 3), (_logs.Losses.TimesForgotten, _logs.Losses.Count));
        Assert.InRange(_logs.Losses.LastForgotten, TimeProvider.System.GetTimestamp() - (25 * 3600 * TimeProvider.System.TimestampFrequency), TimeProvider.System.GetTimestamp());
    }

    [Fact]
    public void Values_InTheWrongOrder_AreSeen()
    {
        Add("producer.1", "1 intend 1", "1 intend 2", "2 return 1", "2 return 2");
        Add("a.1", "5 begin 2 10 2", "6 end 2", "7 begin 1 10 1", "8 end 1");

        Assert.Equal(["a (a.1) began with 1 of epoch 10 for the first time after 2."], Problems());
    }

    [Fact]
    public void Repeat_NotMarked_IsSeen()
    {
        Add("producer.1", "1 intend 1", "2 return 1");
        Add("a.1", "5 begin 1 10 1", "6 end 1");
        Add("a.2", "7 begin 1 10 1", "8 end 1");

        Assert.Equal(["a (a.2) began with 1 of epoch 10 again, and it is not marked."], Problems());
    }

    [Fact]
    public void UnmarkedValue_BegunAfterAnotherProcessRepeatedIt_IsSeen()
    {
        Add("producer.1", "1 intend 1", "2 return 1");
        Add("a.2", "5 begin 1 10 1 again", "6 end 1");
        // It had been stopped with the value in hand, and goes on.
        Add("a.1", "7 begin 1 10 1", "8 end 1");

        Assert.Equal(["a (a.1) began with 1 of epoch 10 again, and it is not marked."], Problems());
    }

    [Fact]
    public void Repeat_FurtherBack_IsSeen()
    {
        Add("producer.1", "1 intend 1", "1 intend 2", "1 intend 3");
        Add("a.1", "5 begin 1 10 1", "6 end 1", "7 begin 2 10 2", "8 end 2", "9 begin 3 10 3", "10 end 3", "11 begin 1 10 1 again", "12 end 1");

        Assert.Equal(["a (a.1) began with 1 of epoch 10 again after 3: further back than 2."], Problems());
    }

    [Fact]
    public void Numbers_OfAnotherStream_MayBeginAgain()
    {
        Add("producer.1", "1 intend 1", "2 return 1");
        Add("producer.2", "10 intend 2", "11 return 2");
        Add("a.1", "3 begin 1 10 7/1", "4 end 1");
        Add("a.2", "12 begin 2 1 8/1", "13 end 2");

        Assert.Empty(Problems());
    }

    [Fact]
    public void Consumer_GoesBackToAnEarlierStream_IsSeen()
    {
        Add("producer.1", "1 intend 1", "2 return 1", "10 intend 2", "11 return 2", "20 intend 3", "21 return 3");
        Add("a.1", "3 begin 1 10 7/1", "4 end 1");
        Add("a.2", "12 begin 2 1 8/1", "13 end 2");
        Add("a.3", "22 begin 3 10 7/2", "23 end 3");

        Assert.Equal(["a (a.3) began with 2 of epoch 10 of a stream that was before the one it had come to.", "producer.1 put 3 after 2, and it has number 2 before 1."], Problems().Where(problem => !problem.Contains("had returned", StringComparison.Ordinal)));
    }

    [Fact]
    public void Names_GivenOneNumberForDifferentValues_AreSeen()
    {
        Add("producer.1", "1 intend 1");
        Add("producer.2", "1 intend 101");
        Add("a.1", "5 begin 1 10 1", "6 end 1");
        Add("b.1", "7 begin 101 11 1", "8 end 101");

        Assert.Equal(["Number 1 is 1 (a.1, epoch 10), 101 (b.1, epoch 11)."], Problems("a", "b"));
    }

    [Fact]
    public void ReplacedLeader_StillWriting_IsSeen()
    {
        Add("producer.1", "1 intend 1", "4 intend 2");
        Add("producer.2", "3 intend 101");
        Add("a.1", "5 begin 1 10 1", "6 end 1", "7 begin 101 11 2", "8 end 101", "9 begin 2 10 3", "10 end 2");

        Assert.Equal(["a (a.1) began with 3 of epoch 10 after epoch 11 had begun: a replaced leader wrote it."], Problems());
    }

    [Fact]
    public void Epoch_OfTwoProducers_IsSeen()
    {
        Add("producer.1", "1 intend 1");
        Add("producer.2", "1 intend 101");
        Add("a.1", "5 begin 1 10 1", "6 end 1", "7 begin 101 10 2", "8 end 101");

        Assert.Equal(["Epoch 10 was led by producer.1, producer.2."], Problems());
    }

    [Fact]
    public void Value_PutTwiceAlthoughNobodyElseLed_IsSeen()
    {
        Add("producer.1", "1 intend 1");
        Add("a.1", "5 begin 1 10 1", "6 end 1", "7 begin 1 11 2 again", "8 end 1");

        Assert.Equal(["1 has the numbers 1, 2, and nobody else led meanwhile."], Problems());
    }

    [Fact]
    public void Value_PutTwiceBecauseAnotherLed_NoProblem()
    {
        Add("producer.1", "1 intend 1", "9 return 1");
        Add("producer.2", "3 intend 101", "4 return 101");
        Add("a.1", "5 begin 1 10 1", "6 end 1", "7 begin 101 11 2", "7 end 101", "8 begin 1 12 3 again", "9 end 1");

        Assert.Empty(Problems());
    }

    [Fact]
    public void Put_BehindOneThatBeganLater_IsSeen()
    {
        Add("producer.1", "1 intend 1", "2 return 1");
        Add("producer.2", "3 intend 101", "4 return 101");
        Add("a.1", "5 begin 101 10 1", "6 end 101", "7 begin 1 11 2", "8 end 1");

        Assert.Equal(["101 was put after 1 had returned, and has number 1 before its 2."], Problems());
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(1, false)]
    public void Put_BehindOneThatBeganLater_IsExcusedIfTheBrokerForgotTheStreamInBetween(long time, bool isExcused)
    {
        Add("producer.1", "1 intend 1", "2 return 1");
        Add("producer.2", "4 intend 101", "5 return 101");
        Add("a.1", "6 begin 101 10 1", "7 end 101", "8 begin 1 11 2 again", "9 end 1");

        _logs.Losses.AddForgotten("a.1", time);

        Assert.Equal(isExcused ? [] : ["101 was put after 1 had returned, and has number 1 before its 2."], Problems());
    }

    [Fact]
    public void Puts_OfOneProducerInAnotherOrder_AreSeen()
    {
        Add("producer.1", "1 intend 1", "1 intend 2");
        Add("a.1", "5 begin 2 10 1", "6 end 2", "7 begin 1 10 2", "8 end 1");

        Assert.Equal(["producer.1 put 2 after 1, and it has number 1 before 2."], Problems());
    }

    [Fact]
    public void Value_NobodyPut_IsSeen()
    {
        Add("a.1", "5 begin 7 10 1", "6 end 7");

        Assert.Equal(["a (a.1) began with 1 of epoch 10, which is 7: nobody put that."], Problems());
    }

    [Fact]
    public void LongestStall_IsThatOfNewValuesAroundTheFault()
    {
        var second = TimeProvider.System.TimestampFrequency;
        Add("producer.1", "1 intend 1", "1 intend 2", "1 intend 3");
        Add("a.1", $"{1 * second} begin 1 10 1", $"{9 * second} begin 2 10 2", $"{10 * second} begin 1 10 1 again", $"{12 * second} begin 3 10 3");

        Assert.Equal(TimeSpan.FromSeconds(3), Check().LongestStall(10 * second, 13 * second));
    }

    [Theory]
    [InlineData(Reach, true)]
    [InlineData(Reach + 1, false)]
    public void Slots_OneNotesItsBeginningLate_IsExcusedWithinTheWindow(int later, bool isExcused)
    {
        Add("producer.1", "1 intend 1", "1 intend 2", "2 return 1", "2 return 2");
        Add("a.1", $"5 begin 2 10 {later}", "6 end 2", "7 begin 1 10 1", "8 end 1");

        var problems = new FlowCheck(_logs, ["a"], Reach, slots: 2).Problems();

        Assert.Equal(isExcused ? [] : [$"a (a.1) began with 1 of epoch 10 for the first time after {later}."], problems);
    }

    private FlowCheck Check(params string[] names) => new(_logs, names.Length == 0 ? ["a"] : names, Reach);

    private IReadOnlyList<string> Problems(params string[] names) => Check(names).Problems();

    private void Add(string process, params string[] lines)
    {
        foreach (var line in lines) _logs.Add(process, line);
    }

    /// <summary>Writes as a worker does on its console.</summary>
    private sealed class ConsoleLines(Action<string> write) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            write($"12:00:00.001 fail: Streamx.Hosting[{eventId.Id}] {formatter(state, exception)}");
    }
}
