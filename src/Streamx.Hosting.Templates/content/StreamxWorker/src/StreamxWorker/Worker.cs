using Streamx.Hosting;

namespace StreamxWorker;

/// <summary>The stream and its workers; the tests register the same.</summary>
public static class Worker
{
#if (InMemory)
    /// <summary>Adds them. Consumers are subscribed before any producer runs, whatever the order.</summary>
    public static IServiceCollection AddWorker(this IServiceCollection services)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddStreamx<Reading>("readings")
            .AddProducer<Thermometer>()
            .AddConsumer<Recorder>(consumer => consumer.Retry.MaxAttempts = 3);
        return services;
    }
#else
    /// <summary>Adds them. The program says what keeps the stream; in the tests it is in memory.</summary>
    public static IStreamxBuilder<Reading> AddWorker(this IServiceCollection services)
    {
        services.AddSingleton(TimeProvider.System);
        return services.AddStreamx<Reading>("readings")
            .AddProducer<Thermometer>()
            .AddConsumer<Recorder>(consumer => consumer.Retry.MaxAttempts = 3);
    }
#endif
}
