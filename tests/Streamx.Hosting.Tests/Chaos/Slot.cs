namespace Streamx.Hosting.Tests.Chaos;

/// <summary>Marks the classes of one consumer, so that the container can tell them from those of the others: as deep as its number.</summary>
internal sealed class Slot<TBefore>;
