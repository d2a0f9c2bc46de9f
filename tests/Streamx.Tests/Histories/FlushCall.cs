namespace Streamx.Tests.Histories;

/// <summary>One flush that succeeded.</summary>
internal sealed record FlushCall(long Invoked, long Responded);
