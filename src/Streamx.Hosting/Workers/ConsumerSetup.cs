namespace Streamx.Hosting;

/// <summary>What every kind of consumer is built from.</summary>
/// <param name="Stream">The stream it consumes.</param>
/// <param name="Name">Its name.</param>
/// <param name="Mode">Which values it sees.</param>
internal sealed record ConsumerSetup<T>(HostedStream<T> Stream, string Name, SubscriptionMode Mode);
