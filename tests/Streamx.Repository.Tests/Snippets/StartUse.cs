using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code of the guide to getting started.</summary>
internal static class StartUse
{
    public static void Register(IServiceCollection services)
    {
        #region second consumer
        services.AddStreamx<Reading>("readings")
            .AddProducer<Thermometer>()
            .AddConsumer<Recorder>(consumer => consumer.Retry.MaxAttempts = 3)
            .AddBatchConsumer<Archive>(consumer => consumer.MaxBatchSize = 100);
        #endregion
    }

    public static async Task<int> RunAsync(WebApplication app)
    {
        #region endpoint
        app.MapPost("/readings", async (Reading reading, IStreamWriter<Reading> readings, CancellationToken aborted) =>
        {
            try
            {
                return await readings.TryPutAsync(reading, TimeSpan.FromSeconds(2), aborted) ? Results.Accepted() : Results.StatusCode(503);
            }
            catch (Exception error) when (error is StreamClosedException or StreamFaultedException)
            {
                return Results.StatusCode(503);
            }
        });
        #endregion
        #region run
        return await app.RunStreamxAsync();
        #endregion
    }

    internal sealed record Reading(int Number);

    internal sealed class Thermometer : IProducer<Reading>
    {
        public async Task ProduceAsync(IStreamWriter<Reading> stream, CancellationToken stoppingToken)
        {
            for (var number = 1; number <= 3; number++) await stream.PutAsync(new Reading(number), stoppingToken);
        }
    }

    internal sealed class Recorder : IConsumer<Reading>
    {
        public ValueTask ConsumeAsync(Reading value, CancellationToken abortToken) => default;
    }

    internal sealed class Archive(List<Reading> archived) : IBatchConsumer<Reading>
    {
        public ValueTask ConsumeAsync(StreamBatch<Reading> batch, CancellationToken abortToken)
        {
            archived.AddRange(batch.Span);
            return default;
        }
    }
}
