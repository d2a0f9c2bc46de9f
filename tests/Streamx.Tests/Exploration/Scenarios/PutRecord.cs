namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A put, as its caller saw it. Times count the events of one execution.</summary>
internal sealed record PutRecord(int Value, long Asked, CancellationRecord? Cancellation)
{
    /// <summary>The call that put it, if that is one of many values.</summary>
    internal ManyCall? Many { get; init; }

    /// <summary>When the call returned without a result: the put waits, and has its place.</summary>
    internal long? PendingSince { get; set; }

    /// <summary>When the caller had the result.</summary>
    internal long? Answered { get; set; }

    /// <summary>The result.</summary>
    internal PutResult Result { get; set; }

    public override string ToString() => $"put {Value}: asked {Asked}, waits since {PendingSince}, {Result} at {Answered}";
}
