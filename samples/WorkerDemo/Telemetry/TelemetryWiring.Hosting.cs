using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using Serilog;

namespace WorkerDemo;

/// <summary>Brings the SDKs into the host with OpenTelemetry.Extensions.Hosting and Serilog.Extensions.Hosting.</summary>
internal static class TelemetryWiring
{
    /// <summary>Adds OpenTelemetry to the host.</summary>
    internal static IOpenTelemetryBuilder AddOpenTelemetry(IServiceCollection services) => services.AddOpenTelemetry();

    /// <summary>Makes a logger the one the host logs through; the host disposes it.</summary>
    internal static void AddSerilog(IHostApplicationBuilder builder, ILogger logger) => builder.Services.AddSerilog(logger, dispose: true);
}
