namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A value that is a reference, so that one which the stream has let go of too early is seen to be missing.</summary>
internal sealed record Item(int Number);
