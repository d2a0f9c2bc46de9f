namespace Streamx.Hosting.Remote;

/// <summary>What the parts of a stream between processes ask and tell the whole.</summary>
internal interface IRemoteHost
{
    /// <summary>What values are, as a MIME type.</summary>
    string ContentType { get; }

    /// <summary>The waits before a lost session is opened again.</summary>
    RetryOptions Reconnect { get; }

    /// <summary>Whether this process puts into the stream, and so opens it again should it have ended before this process came.</summary>
    bool OpensStream { get; }

    /// <summary>Somebody wants a session from now on.</summary>
    void OnSessionWanted(string who);

    /// <summary>It has one.</summary>
    void OnSession(string who);

    /// <summary>It has lost its session, which it did not give up. Told at once, before what is in hand has been finished.</summary>
    void OnLost(string who, Exception why);

    /// <summary>It has held a value for so long that it gives up its session.</summary>
    void OnOverdue(string who, Exception why);

    /// <summary>It needs none any more.</summary>
    void OnSessionOver(string who);

    /// <summary>This process leads from now on.</summary>
    void OnLeading(long epoch);

    /// <summary>The stream has been ended by another process.</summary>
    void OnEndedElsewhere();

    /// <summary>A consumer has not received the values of some numbers, and will not.</summary>
    void OnValuesLost(string consumer, long first, long last);

    /// <summary>A session was lost, or could not be had, and is tried again after a wait.</summary>
    void OnReconnect(string who, Exception error, TimeSpan delay);
}
