namespace Streamx.Hosting.Dashboard;

/// <summary>The consumer that ultimately holds a stream, as the page shows it.</summary>
/// <param name="Stream">The stream that the consumer takes from.</param>
/// <param name="Consumer">The consumer.</param>
/// <param name="Through">The stages between, which wait in their puts, nearest first.</param>
internal sealed record HolderDocument(string Stream, string Consumer, IReadOnlyList<string> Through);
