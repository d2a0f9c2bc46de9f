namespace Streamx.Tests.Histories;

/// <summary>One attempt to put a value, and the value itself.</summary>
/// <param name="Producer">The producer that made it.</param>
/// <param name="Number">Its place among that producer's attempts.</param>
/// <param name="IsTry">Whether it was a try.</param>
internal sealed record PutCall(int Producer, int Number, bool IsTry)
{
    internal required long Invoked { get; init; }

    /// <summary>When the call had returned: from then on the put was committed, refused or in the queue.</summary>
    internal long Returned { get; set; } = HistoryClock.Never;

    /// <summary>When its result was known.</summary>
    internal long Responded { get; set; } = HistoryClock.Never;

    /// <summary>Just before its token was cancelled.</summary>
    internal long CancelInvoked { get; set; } = HistoryClock.Never;

    /// <summary>Whether it waited when the call returned.</summary>
    internal bool Waited { get; set; }

    internal PutResult Result { get; set; }

    public override string ToString() => $"p{Producer}.{Number}";

    internal string Describe() =>
        $"{Invoked,5} {this} {(IsTry ? "TryPut" : "PutAsync")} returned {Returned}{(Waited ? ", waiting" : "")}" +
        $"{(CancelInvoked == HistoryClock.Never ? "" : $", cancelled {CancelInvoked}")}, {Result} {Responded}";
}
