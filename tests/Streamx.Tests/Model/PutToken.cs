namespace Streamx.Tests.Model;

/// <summary>The token a put gets.</summary>
internal enum PutToken
{
    None,
    Cancellable,
    Cancelled,
}
