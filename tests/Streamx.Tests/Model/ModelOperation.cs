namespace Streamx.Tests.Model;

/// <summary>One put, read or flush of the model.</summary>
internal sealed class ModelOperation(string name)
{
    internal string Outcome { get; set; } = Model.Outcome.Pending;

    /// <summary>For a put: the values that wait.</summary>
    internal IReadOnlyList<string> Values { get; set; } = [];

    /// <summary>For a put of many: how many values have been accepted; null for any other.</summary>
    internal int? Accepted { get; set; }

    /// <summary>For a flush: how many values every member must have finished.</summary>
    internal int Target { get; init; }

    /// <summary>Ends it before all is done.</summary>
    internal void Fail(string outcome) => Outcome = Accepted is { } accepted ? Model.Outcome.After(outcome, accepted) : outcome;

    public override string ToString() => $"{name}: {Outcome}";
}
