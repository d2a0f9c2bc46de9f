namespace WorkerDemo.Tests.Kubernetes;

/// <summary>What was found wrong, a line for each.</summary>
internal static class Problems
{
    /// <summary>Asserts that it is nothing, and shows it in full otherwise.</summary>
    internal static void AssertNone(IReadOnlyList<string> problems) => Assert.True(problems.Count == 0, string.Join(Environment.NewLine, problems));
}
