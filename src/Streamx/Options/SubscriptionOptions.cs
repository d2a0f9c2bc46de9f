namespace Streamx;

/// <summary>Settings of one subscription. Read once, by <see cref="AsyncStream{T}.Subscribe(SubscriptionOptions)"/>.</summary>
public sealed class SubscriptionOptions
{
    /// <summary>The name the subscription has in snapshots and telemetry.</summary>
    /// <value>Null, the default, numbers it: <c>subscription-1</c>, <c>subscription-2</c>, ….</value>
    /// <remarks>The core does not ask for names to be unique.</remarks>
    public string? Name { get; set; }

    /// <summary>Which values the subscription sees.</summary>
    /// <value>Default: <see cref="SubscriptionMode.Every"/>.</value>
    public SubscriptionMode Mode { get; set; } = SubscriptionMode.Every;
}
