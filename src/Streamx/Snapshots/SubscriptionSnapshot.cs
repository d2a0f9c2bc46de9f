namespace Streamx;

/// <summary>One subscription at one moment, or at the moment it left.</summary>
/// <remarks>
/// The counts add up: every value accepted since the subscription joined is finished, abandoned, overtaken or part of <see cref="Lag"/>.
/// </remarks>
public sealed record SubscriptionSnapshot
{
    /// <summary>The subscription's name.</summary>
    public required string Name { get; init; }

    /// <summary>Which values it sees.</summary>
    public required SubscriptionMode Mode { get; init; }

    /// <summary>How many of the stream's values are behind it: accepted before it joined, finished, abandoned or overtaken.</summary>
    public required long Position { get; init; }

    /// <summary>How many accepted values it has not finished, the ones it holds included. After it left: what it never got.</summary>
    public required long Lag { get; init; }

    /// <summary>How many values it finished: it asked for the next one.</summary>
    public required long ValuesFinished { get; init; }

    /// <summary>How many values it held when it left.</summary>
    public required long ValuesAbandoned { get; init; }

    /// <summary>How many of the finished values were handled, rather than settled otherwise.</summary>
    internal long ValuesHandled { get; init; }

    /// <summary>How many of the abandoned values had not been settled otherwise.</summary>
    internal long ValuesUnsettled { get; init; }

    /// <summary>How many values it has in hand; after it left, how many it had.</summary>
    internal int ValuesInHand { get; init; }

    /// <summary>The position of the first of them. After it left they count as behind it, unlike before.</summary>
    internal long FirstInHand { get; init; }

    /// <summary>How many values a <see cref="SubscriptionMode.Latest"/> subscription jumped over.</summary>
    public required long ValuesOvertaken { get; init; }

    /// <summary>Whether it has a value in hand: taken and not yet finished.</summary>
    public required bool HoldsValue { get; init; }

    /// <summary>How long it has had the value, or batch, in hand.</summary>
    /// <value>Zero when it holds none. On the system clock good to some milliseconds.</value>
    public required TimeSpan HeldFor { get; init; }

    /// <summary>Whether a put waits now and this subscription has no room for it.</summary>
    public required bool IsGating { get; init; }

    /// <summary>How long puts at the head of the queue have waited for this subscription.</summary>
    /// <remarks>
    /// A wait counts for the subscription that ended it by finishing or leaving, so the subscriptions' times add up to all the
    /// waiting. A wait still going on is included once this subscription is the only one missing.
    /// </remarks>
    public required TimeSpan TimeGating { get; init; }
}
