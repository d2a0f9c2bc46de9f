namespace Streamx.Hosting.Tests.Support;

/// <summary>The order in which streams, their workers and hosted services are registered with a test's host.</summary>
public enum RegistrationOrder
{
    /// <summary>As the test does it.</summary>
    AsWritten,

    /// <summary>The other way round.</summary>
    Reversed,
}
