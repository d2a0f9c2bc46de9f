using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Serilog;

namespace WorkerDemo;

/// <summary>Brings the SDKs into the host without their hosting packages. See <c>HostingPackages</c> in the project file.</summary>
internal static class TelemetryWiring
{
    /// <summary>Adds OpenTelemetry to the host.</summary>
    internal static IOpenTelemetryBuilder AddOpenTelemetry(IServiceCollection services)
    {
        services.AddHostedService<Starter>();
        return new Builder(services);
    }

    /// <summary>Makes a logger the one the host logs through; the host disposes it.</summary>
    internal static void AddSerilog(IHostApplicationBuilder builder, Serilog.ILogger logger) =>
        // Serilog has levels of its own; a second filter in front of them would only confuse.
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddSerilog(logger, dispose: true);

    /// <summary>What the SDK's extension methods need.</summary>
    private sealed class Builder(IServiceCollection services) : IOpenTelemetryBuilder
    {
        /// <inheritdoc/>
        public IServiceCollection Services => services;
    }

    /// <summary>Creates the providers when the host starts; without it nothing would ask for them. The container disposes them, which flushes.</summary>
    private sealed class Starter(IServiceProvider services) : IHostedService
    {
        /// <inheritdoc/>
        public Task StartAsync(CancellationToken cancellationToken)
        {
            services.GetService<MeterProvider>();
            services.GetService<TracerProvider>();
            return Task.CompletedTask;
        }

        /// <inheritdoc/>
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
