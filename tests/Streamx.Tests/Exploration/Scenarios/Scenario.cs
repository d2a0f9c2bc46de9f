namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A few logical threads around one stream.</summary>
/// <param name="Family">What it sets against what.</param>
/// <param name="Situation">What is special about it.</param>
/// <param name="Arrange">Creates the stream and the threads, anew for each schedule.</param>
internal sealed record Scenario(string Family, string Situation, Action<World> Arrange)
{
    /// <summary>Its name in tests and in <c>STREAMX_SCHEDULE</c>.</summary>
    internal string Name => $"{Family}_{Situation}";
}
