namespace Streamx.Hosting.Remote;

/// <summary>What the parts of a stream between processes ask of the whole, and report to it.</summary>
internal interface IRemoteEvents
{
    /// <summary>The MIME type of the values.</summary>
    string ContentType { get; }

    /// <summary>The waits before a lost session is opened again.</summary>
    RetryOptions Reconnect { get; }

    /// <summary>Whether this process puts into the stream, and so opens it again if it ended before this process came.</summary>
    bool OpensStream { get; }

    /// <summary>A part of the stream wants a session from now on.</summary>
    void OnSessionWanted(string part);

    /// <summary>The part has a session.</summary>
    void OnSession(string part);

    /// <summary>The part lost its session without giving it up. Called at once, before the values in hand are finished.</summary>
    void OnLost(string part, Exception why);

    /// <summary>The part has held a value for so long that it gives up its session.</summary>
    void OnOverdue(string part, Exception why);

    /// <summary>The part needs no session any more.</summary>
    void OnSessionOver(string part);

    /// <summary>This process leads from now on.</summary>
    /// <param name="session">The session in which it leads.</param>
    /// <param name="first">The number of the first value that it will append.</param>
    void OnLeading(ILeadSession session, long first);

    /// <summary>Another process has ended the stream.</summary>
    void OnEndedElsewhere();

    /// <summary>A consumer has not received the values of a range of numbers, and will not.</summary>
    void OnValuesLost(string consumer, long first, long last);

    /// <summary>A session was lost, or could not be opened; the part tries again after a wait.</summary>
    void OnReconnect(string part, Exception error, TimeSpan delay);
}
