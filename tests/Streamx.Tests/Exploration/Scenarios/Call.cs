namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A flush, close or fault, as its caller saw it.</summary>
internal sealed record Call(string Name, long Asked)
{
    /// <summary>When the call itself returned.</summary>
    internal long? Returned { get; set; }

    /// <summary>When what it gave was over.</summary>
    internal long? Answered { get; set; }

    /// <summary>Whether it succeeded: a flush, or a fault that was the first.</summary>
    internal bool Succeeded { get; set; }

    public override string ToString() => $"{Name}: asked {Asked}, returned {Returned}, over {Answered}, {(Succeeded ? "succeeded" : "did not succeed")}";
}
