namespace Streamx.Tests.Histories;

/// <summary>One subscription: how it joined, what it read, how it left.</summary>
internal sealed class SubscriptionLog(string name, SubscriptionMode mode)
{
    internal bool IsEvery => mode == SubscriptionMode.Every;

    internal long SubscribeInvoked { get; set; }

    internal long SubscribeReturned { get; set; }

    /// <summary>Whether it became part of the stream: it did not come after the end.</summary>
    internal bool IsMember { get; set; }

    /// <summary>How many values had been accepted when it joined.</summary>
    internal long JoinedAt { get; set; }

    internal List<ReadCall> Reads { get; } = [];

    /// <summary>Just before the call that made it leave.</summary>
    internal long LeaveInvoked { get; set; } = HistoryClock.Never;

    internal long LeaveReturned { get; set; } = HistoryClock.Never;

    /// <summary>Whether it was told the end of the stream.</summary>
    internal bool SawTheEnd { get; set; }

    internal bool SawTheFault { get; set; }

    internal IEnumerable<PutCall> Values => Reads.SelectMany(read => read.Values);

    /// <summary>The earliest moment at which the value at a position may have stopped holding up the stream for this subscription.</summary>
    internal long DoneWith(long position)
    {
        var place = JoinedAt;
        for (var i = 0; i < Reads.Count; i++)
        {
            place += Reads[i].Values.Count;
            if (place > position) return Math.Min(LeaveInvoked, i + 1 < Reads.Count ? Reads[i + 1].Invoked : HistoryClock.Never);
        }

        return LeaveInvoked;
    }

    public override string ToString() => name;

    internal string Describe()
    {
        var left = LeaveInvoked == HistoryClock.Never ? "" : $", left {LeaveInvoked} to {LeaveReturned}";
        var told = SawTheFault ? ", told the fault" : SawTheEnd ? ", told the end" : "";
        var lines = new List<string> { $"{SubscribeInvoked,5} {name} {mode} joined at {JoinedAt} until {SubscribeReturned}{(IsMember ? "" : ", too late")}{left}{told}" };
        lines.AddRange(Reads.Select(read => read.Describe()));
        return string.Join(Environment.NewLine, lines);
    }
}
