namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A few logical threads around one stream.</summary>
/// <param name="Family">What it sets against what.</param>
/// <param name="Situation">What is special about it.</param>
/// <param name="Arrange">Creates the stream and the threads, anew for each schedule.</param>
internal sealed record Scenario(string Family, string Situation, Action<World> Arrange)
{
    /// <summary>Whether the values are plain numbers, which readers of a run take from the stream's own slots; otherwise references.</summary>
    internal bool IsPlain { get; init; }

    /// <summary>Its name in tests and in <c>STREAMX_SCHEDULE</c>.</summary>
    internal string Name => $"{Family}_{Situation}{(IsPlain ? "_Plain" : string.Empty)}";
}
