using Microsoft.Extensions.Time.Testing;
using Streamx.Engine;

namespace Streamx.Tests.Engine;

public sealed class OneShotTimerTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Set_TimePasses_CallsBackOnce()
    {
        var time = new FakeTimeProvider();
        var calls = 0;
        using var alarm = new OneShotTimer(time, _ => calls++, this);
        time.Advance(s_second);
        var unset = calls;

        alarm.Set(s_second);
        time.Advance(s_second / 2);
        var tooEarly = calls;
        time.Advance(s_second / 2);
        time.Advance(10 * s_second);

        Assert.Equal((0, 0, 1), (unset, tooEarly, calls));
    }

    [Fact]
    public void Set_Again_CountsFromThen()
    {
        var time = new FakeTimeProvider();
        var calls = 0;
        using var alarm = new OneShotTimer(time, _ => calls++, this);

        alarm.Set(s_second);
        time.Advance(s_second / 2);
        alarm.Set(s_second);
        time.Advance(s_second / 2);
        var atTheFirst = calls;
        time.Advance(s_second / 2);

        Assert.Equal((0, 1), (atTheFirst, calls));
    }

    [Fact]
    public void Dispose_WhileSet_DoesNotCallBack_AndCannotBeSetAgain()
    {
        var time = new FakeTimeProvider();
        var calls = 0;
        var alarm = new OneShotTimer(time, _ => calls++, this);
        alarm.Set(s_second);

        alarm.Dispose();
        alarm.Dispose();
        alarm.Set(s_second);
        time.Advance(10 * s_second);

        Assert.Equal(0, calls);
    }

    [Fact]
    public void Dispose_WhileItIsBeingSet_WaitsForTheTimer()
    {
        var clock = new OneTimer();
        var alarm = new OneShotTimer(clock, _ => { }, this);
        clock.DuringChange = alarm.Dispose;

        alarm.Set(s_second);
        alarm.Set(s_second);

        Assert.Equal(["change 1", "changed", "dispose"], clock.Calls);
    }

    [Fact]
    public void Set_WhileItIsBeingSet_LastOneCounts()
    {
        var clock = new OneTimer();
        using var alarm = new OneShotTimer(clock, _ => { }, this);
        clock.DuringChange = () =>
        {
            alarm.Set(2 * s_second);
            alarm.Set(3 * s_second);
        };

        alarm.Set(s_second);

        Assert.Equal(["change 1", "changed", "change 3", "changed"], clock.Calls);
    }

    /// <summary>A clock with one timer, which lets something happen while it is being changed, as another thread could.</summary>
    private sealed class OneTimer : TimeProvider, ITimer
    {
        /// <summary>What happens during the next change.</summary>
        internal Action? DuringChange { get; set; }

        internal List<string> Calls { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal(Timeout.InfiniteTimeSpan, dueTime);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Calls.Add($"change {dueTime.TotalSeconds}");
            var during = DuringChange;
            DuringChange = null;
            during?.Invoke();
            Calls.Add("changed");
            return true;
        }

        public void Dispose() => Calls.Add("dispose");

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
