using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests.Transport;

/// <summary>What a leader makes of what it hears of the processes of a name.</summary>
public class ConsumerProcessesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ConsumerProcesses _processes;

    public ConsumerProcessesTests() => _processes = new ConsumerProcesses(_time);

    [Fact]
    public void Describe_NothingHeard_IsUnknown()
    {
        Assert.Equal((null, "", null), Where());
    }

    [Fact]
    public void Describe_NothingHeardAndSeenRunning_IsOneThatDoesNotSayWhere()
    {
        _processes.OnLook("a", hasProcess: true);

        Assert.Equal((null, "", 1), Where());
    }

    [Fact]
    public void Report_OfAProcess_IsWhereTheNameRuns()
    {
        _processes.OnReport("A", "one");

        Assert.Equal(("one", "", 1), Where());
    }

    [Fact]
    public void Set_LongSilence_ProcessesStillCount()
    {
        _processes.Set("A", ["two", "one", null]);

        _time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(("two", "one", 3), Where());
    }

    [Fact]
    public void Set_Again_ReplacesTheProcesses()
    {
        _processes.Set("a", ["one", "two"]);

        _processes.Set("a", ["two"]);
        Assert.Equal(("two", "", 1), Where());

        _processes.Set("a", []);
        Assert.Equal((null, "", 0), Where());
    }

    [Fact]
    public void Present_BesideTheActiveOne_StandsBy()
    {
        _processes.OnPresent("a", "one", isActive: true);
        _processes.OnPresent("a", "three", isActive: false);
        _processes.OnPresent("a", "two", isActive: false);

        Assert.Equal(("one", "three two", 3), Where());
    }

    [Fact]
    public void Report_OfAnother_IsATakeOver()
    {
        _processes.OnPresent("a", "one", isActive: true);
        _processes.OnPresent("a", "two", isActive: false);

        _processes.OnReport("a", "two");

        Assert.Equal(("two", "one", 2), Where());
    }

    [Fact]
    public void Report_WithoutAnInstance_LeavesNobodyNamed()
    {
        _processes.OnReport("a", "one");

        _processes.OnReport("a", null);

        Assert.Null(Where().Instance);
    }

    [Fact]
    public void Present_SilentForTooLong_IsForgotten()
    {
        _processes.OnPresent("a", "one", isActive: true);
        _time.Advance(ConsumerProcesses.Patience / 2);
        _processes.OnPresent("a", "two", isActive: false);
        _time.Advance(ConsumerProcesses.Patience / 2);

        Assert.Equal((null, "two", 1), Where());
    }

    [Fact]
    public void Report_OfOneThatNeverSaysThatItIsThere_IsForgottenAfterAWhile()
    {
        _processes.OnReport("a", "one");
        _processes.OnLook("a", hasProcess: true);

        _time.Advance(ConsumerProcesses.Patience);

        Assert.Equal((null, "", 1), Where());
    }

    [Fact]
    public void Look_EmptyOnce_IsNotBelieved()
    {
        _processes.OnReport("a", "one");

        _processes.OnLook("a", hasProcess: false);

        Assert.Equal(("one", "", 1), Where());
    }

    [Fact]
    public void Look_EmptyTwice_NameHasNoProcess()
    {
        _processes.OnPresent("a", "one", isActive: true);

        _processes.OnLook("a", hasProcess: false);
        _processes.OnLook("a", hasProcess: false);

        Assert.Equal((null, "", 0), Where());
    }

    [Fact]
    public void Look_EmptyTwiceWithAWordBetween_IsNotBelieved()
    {
        _processes.OnPresent("a", "one", isActive: true);

        _processes.OnLook("a", hasProcess: false);
        _processes.OnPresent("a", "one", isActive: true);
        _processes.OnLook("a", hasProcess: false);

        Assert.Equal(("one", "", 1), Where());
    }

    [Fact]
    public void Look_ProcessIsBack_IsSeenAtOnce()
    {
        _processes.OnLook("a", hasProcess: false);
        _processes.OnLook("a", hasProcess: false);

        _processes.OnPresent("a", "two", isActive: false);

        Assert.Equal((null, "two", 1), Where());
    }

    [Fact]
    public void Unclear_NobodyKnowsWhoIsActive_IsSaidOnceForEachSet()
    {
        _processes.OnPresent("a", "one", isActive: false);
        var first = _processes.IsNewlyUnclear("a");
        var again = _processes.IsNewlyUnclear("a");
        _processes.OnPresent("a", "two", isActive: false);
        var more = _processes.IsNewlyUnclear("a");
        _processes.OnReport("a", "two");

        Assert.Equal((true, false, true, false), (first, again, more, _processes.IsNewlyUnclear("a")));
    }

    [Fact]
    public void Remove_NameThatComesBack_BeginsAnew()
    {
        _processes.OnPresent("a", "one", isActive: true);

        _processes.Remove("a");

        Assert.Equal((null, "", null), Where());
    }

    private (string? Instance, string Standbys, int? Processes) Where()
    {
        var name = _processes.Describe("a", lag: null, isGating: false);
        return (name.Instance, string.Join(' ', name.Standbys), name.Processes);
    }
}
