namespace Streamx;

/// <summary>What happens to a put when no subscription gates the stream.</summary>
public enum NoSubscribers
{
    /// <summary>The put waits for a subscription; nothing is lost. The default.</summary>
    Wait,

    /// <summary>The value is accepted, counted as discarded and dropped.</summary>
    Discard,

    /// <summary>The put fails with <see cref="InvalidOperationException"/>.</summary>
    Throw,
}
