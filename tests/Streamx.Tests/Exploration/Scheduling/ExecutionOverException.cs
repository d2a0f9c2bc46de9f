namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>Unwinds a logical thread that stands at a point when its execution ends.</summary>
internal sealed class ExecutionOverException() : Exception("The execution is over.");
