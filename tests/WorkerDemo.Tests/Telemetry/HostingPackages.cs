namespace WorkerDemo.Tests.Telemetry;

/// <summary>What the two hosting packages offer the sample, as far as their public surface goes.</summary>
internal static class HostingPackages
{
    /// <summary>OpenTelemetry.Extensions.Hosting 1.20.</summary>
    internal const string OpenTelemetry = """
        namespace Microsoft.Extensions.DependencyInjection
        {
            public static class OpenTelemetryServicesExtensions
            {
                public static OpenTelemetry.OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services) => throw null!;
            }
        }

        namespace Microsoft.Extensions.Hosting
        {
            public static class OpenTelemetryHostApplicationBuilderExtensions
            {
                public static OpenTelemetry.OpenTelemetryBuilder AddOpenTelemetry(this IHostApplicationBuilder builder) => throw null!;
            }
        }

        namespace OpenTelemetry
        {
            public sealed class OpenTelemetryBuilder : IOpenTelemetryBuilder
            {
                public Microsoft.Extensions.DependencyInjection.IServiceCollection Services => throw null!;
                public OpenTelemetryBuilder ConfigureResource(System.Action<Resources.ResourceBuilder> configure) => throw null!;
                public OpenTelemetryBuilder WithMetrics() => throw null!;
                public OpenTelemetryBuilder WithMetrics(System.Action<Metrics.MeterProviderBuilder> configure) => throw null!;
                public OpenTelemetryBuilder WithTracing() => throw null!;
                public OpenTelemetryBuilder WithTracing(System.Action<Trace.TracerProviderBuilder> configure) => throw null!;
            }
        }
        """;

    /// <summary>Serilog.Extensions.Hosting 8.0.</summary>
    internal const string Serilog = """
        namespace Serilog
        {
            using Microsoft.Extensions.DependencyInjection;

            public static class SerilogServiceCollectionExtensions
            {
                public static IServiceCollection AddSerilog(this IServiceCollection collection, ILogger? logger = null, bool dispose = false, Extensions.Logging.LoggerProviderCollection? providers = null) => throw null!;
                public static IServiceCollection AddSerilog(this IServiceCollection collection, System.Action<LoggerConfiguration> configureLogger, bool preserveStaticLogger = false, bool writeToProviders = false) => throw null!;
                public static IServiceCollection AddSerilog(this IServiceCollection collection, System.Action<System.IServiceProvider, LoggerConfiguration> configureLogger, bool preserveStaticLogger = false, bool writeToProviders = false) => throw null!;
            }
        }
        """;
}
