namespace Streamx.TestUtilities.InMemory;

/// <summary>Takes a stream to other processes by a store in memory.</summary>
internal static class InMemoryBuilderExtensions
{
    /// <summary>The waits before a lost session is opened again: one millisecond, whatever the jitter, since timers count whole ones.</summary>
    private static readonly TimeSpan s_reconnect = TimeSpan.FromMilliseconds(2);

    /// <summary>Has a stream go over a process of a store.</summary>
    public static IStreamxBuilder<int> UseInMemory(this IStreamxBuilder<int> builder, InMemoryTransport process)
    {
        ((StreamxBuilder<int>)builder).UseTransport("InMemory", services => new TransportSetup<int>(
            process,
            services.GetService<IStreamSerializer<int>>() ?? new NumberSerializer(),
            new RetryOptions { MaxAttempts = int.MaxValue, Delay = s_reconnect, MaxDelay = s_reconnect }));
        return builder;
    }
}
