namespace Streamx.Tests.Model;

/// <summary>One put, read or flush of the model.</summary>
internal sealed class ModelOperation(string name)
{
    internal string Outcome { get; set; } = Model.Outcome.Pending;

    /// <summary>For a put: its value.</summary>
    internal string Value { get; init; } = "";

    /// <summary>For a flush: how many values must be behind everyone.</summary>
    internal int Target { get; init; }

    public override string ToString() => $"{name}: {Outcome}";
}
