namespace Streamx.Tests.Exploration.Mutants;

/// <summary>A defect to seed: one change to one source file of the stream.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Family">The scenarios that must find it.</param>
/// <param name="File">The file, below <c>src/Streamx</c>.</param>
/// <param name="Find">The text to replace. It must stand there exactly once, white space aside.</param>
/// <param name="Replacement">What to put in its place.</param>
/// <param name="Why">Why it is wrong.</param>
internal sealed record Mutant(string Name, string Family, string File, string Find, string Replacement, string Why);
