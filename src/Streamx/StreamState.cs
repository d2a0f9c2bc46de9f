namespace Streamx;

/// <summary>Where a stream is in its life.</summary>
public enum StreamState
{
    /// <summary>Values can be put.</summary>
    Open,

    /// <summary>Closed to new puts; puts already waiting still commit and consumers get everything accepted.</summary>
    Closing,

    /// <summary>Closed, and every accepted value has been finished by every gating subscription.</summary>
    Closed,

    /// <summary>Ended by an error. Consumers get what was accepted before it, then <see cref="StreamFaultedException"/>.</summary>
    Faulted,
}
