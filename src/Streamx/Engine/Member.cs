namespace Streamx.Engine;

/// <summary>One subscription as the core sees it. Everything that changes is guarded by the core's lock.</summary>
internal sealed class Member<T>(string name, SubscriptionMode mode, long joinedAt)
{
    /// <summary>The subscription's name.</summary>
    internal string Name { get; } = name;

    /// <summary>Whether it sees all and gates, or only ever wants the newest value.</summary>
    internal SubscriptionMode Mode { get; } = mode;

    /// <summary>Whether puts wait for it.</summary>
    internal bool Gates => Mode == SubscriptionMode.Every;

    /// <summary>How many of the stream's values are behind it. For <c>Every</c> also the position of the next one to finish.</summary>
    internal long Position { get; set; } = joinedAt;

    /// <summary>How many values it has in hand.</summary>
    internal int Held { get; set; }

    /// <summary>When it got what it has in hand.</summary>
    internal long HeldSince { get; set; }

    /// <summary>How many values it finished.</summary>
    internal long Finished { get; set; }

    /// <summary>How many values it held when it left.</summary>
    internal long Abandoned { get; set; }

    /// <summary>How many values it jumped over (<c>Latest</c>).</summary>
    internal long Overtaken { get; set; }

    /// <summary>Time, in clock ticks, that heads of the put queue waited for it.</summary>
    internal long GatingTicks { get; set; }

    /// <summary>The value waiting for it (<c>Latest</c>).</summary>
    internal T Newest { get; set; } = default!;

    /// <summary>Whether <see cref="Newest"/> waits for it.</summary>
    internal bool HasNewest { get; set; }

    /// <summary>The read that waits for a value.</summary>
    internal SubscriptionReader<T>? WaitingRead { get; set; }

    /// <summary>Whether it has left; it is then no longer part of the stream.</summary>
    internal bool HasLeft { get; set; }

    /// <summary>Whether it subscribed after the end and so never became part of the stream.</summary>
    internal bool CameTooLate { get; set; }

    /// <summary>Whether it has been told that the stream ended: nothing more would have come.</summary>
    internal bool ReachedEnd { get; set; }

    /// <summary>How many values had been accepted when it left, or came too late.</summary>
    internal long AcceptedAtEnd { get; set; }
}
