namespace Streamx.Hosting.Tests.Logging;

/// <summary>An exception that throws when it is asked what it says.</summary>
internal sealed class UnreadableException : Exception
{
    public override string Message => throw new NotSupportedException("no message");

    public override string ToString() => throw new NotSupportedException("no text");
}
