namespace Streamx.TestUtilities.InMemory;

/// <summary>Takes a stream to other processes by a store in memory.</summary>
internal static class InMemoryBuilderExtensions
{
    /// <summary>The waits before a lost session is opened again: one millisecond, whatever the jitter, since timers count whole ones.</summary>
    private static readonly TimeSpan s_reconnect = TimeSpan.FromMilliseconds(2);

    /// <summary>Has a stream go over a process of a store.</summary>
    /// <param name="builder">The stream.</param>
    /// <param name="process">The process.</param>
    /// <param name="maxValueBytes">The most bytes that a value may take.</param>
    /// <param name="maxReconnectDelay">The longest wait before a lost session is opened again; null for the shortest.</param>
    /// <param name="endsOnShutdown">Whether the process ends the stream when it stops.</param>
    public static IStreamxBuilder<int> UseInMemory(
        this IStreamxBuilder<int> builder,
        InMemoryTransport process,
        int maxValueBytes = int.MaxValue,
        TimeSpan? maxReconnectDelay = null,
        bool endsOnShutdown = false)
    {
        builder.UseTransport("InMemory", services => new TransportSetup<int>(
            process,
            services.GetService<IStreamSerializer<int>>() ?? new NumberSerializer(),
            new RetryOptions { MaxAttempts = int.MaxValue, Delay = s_reconnect, MaxDelay = maxReconnectDelay ?? s_reconnect })
        {
            MaxValueBytes = maxValueBytes,
            EndsOnShutdown = endsOnShutdown,
        });
        return builder;
    }
}
