namespace Streamx.Hosting.Failures;

/// <summary>Reads the messages of exceptions, which are user code: a message that throws must not become a failure of its own.</summary>
internal static class ErrorText
{
    /// <summary>The message of an exception; its type when the message cannot be read.</summary>
    internal static string Of(Exception error)
    {
        try
        {
            return error.Message;
        }
        catch (Exception)
        {
            return error.GetType().ToString();
        }
    }
}
