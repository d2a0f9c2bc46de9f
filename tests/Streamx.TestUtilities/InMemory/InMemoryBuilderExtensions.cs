namespace Streamx.TestUtilities.InMemory;

/// <summary>Takes a stream to other processes by a store in memory.</summary>
internal static class InMemoryBuilderExtensions
{
    /// <summary>The waits before a lost session is opened again: one millisecond each, whatever the jitter, since timers count in whole ones.</summary>
    private static readonly TimeSpan s_reconnect = TimeSpan.FromMilliseconds(2);

    /// <summary>Has a stream go over a process of a store.</summary>
    public static IStreamxBuilder<int> UseInMemory(this IStreamxBuilder<int> builder, InMemoryTransport process, bool endsOnShutdown = false)
    {
        ((StreamxBuilder<int>)builder).UseTransport("InMemory", services => new TransportSetup<int>(
            process,
            services.GetService<IStreamSerializer<int>>() ?? new NumberSerializer(),
            new RetryOptions { MaxAttempts = int.MaxValue, Delay = s_reconnect, MaxDelay = s_reconnect })
        {
            EndsOnShutdown = endsOnShutdown,
        });
        return builder;
    }
}
