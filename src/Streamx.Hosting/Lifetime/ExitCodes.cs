namespace Streamx.Hosting.Lifetime;

/// <summary>The exit codes a host ends with when its streams did not end well.</summary>
/// <remarks>
/// On .NET 10 a crashed background service and an overrun shutdown both leave the exit code at 0, so it is set here. A code that
/// the program has set itself is kept, and a value returned from <c>Main</c> wins over all.
/// </remarks>
internal static class ExitCodes
{
    /// <summary>A stream faulted.</summary>
    internal const int Fault = 1;

    /// <summary>The host could not start, because of how it has been configured.</summary>
    internal const int Configuration = 2;

    /// <summary>The time for draining was up before every consumer had finished.</summary>
    internal const int AbortedDrain = 3;

    /// <summary>Has the process end with a code, unless it is to end with another already.</summary>
    internal static void Set(int code)
    {
        if (Environment.ExitCode == 0) Environment.ExitCode = code;
    }
}
