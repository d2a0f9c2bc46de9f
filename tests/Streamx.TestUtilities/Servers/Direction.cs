namespace Streamx.TestUtilities.Servers;

/// <summary>Which way bytes go.</summary>
[Flags]
internal enum Direction
{
    /// <summary>From clients to the server.</summary>
    ToServer = 1,

    /// <summary>From the server to clients.</summary>
    FromServer = 2,

    /// <summary>Either.</summary>
    Both = ToServer | FromServer,
}
