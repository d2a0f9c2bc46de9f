namespace Streamx.Tests.Model;

/// <summary>The ways to leave.</summary>
internal enum Leaving
{
    DisposeSubscription,
    DisposeReader,
    CancelToken,
}
