using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting;

/// <summary>Registers the health checks of a host's streams.</summary>
public static class StreamxHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check for each kind of probe, of all streams together, tagged <c>startup</c>, <c>live</c> and <c>ready</c>.
    /// </summary>
    /// <param name="builder">The host's health checks.</param>
    /// <returns>The same builder.</returns>
    /// <remarks>
    /// <list type="table">
    /// <item><term><c>streamx-startup</c></term><description>Healthy once every consumer has been attached and every worker started, and
    /// from then on.</description></item>
    /// <item><term><c>streamx-live</c></term><description>Unhealthy when a stream or a worker has failed and will not be started again,
    /// or a consumer has held one value for longer than <see cref="StreamxHealthOptions.MaxItemAge"/>.</description></item>
    /// <item><term><c>streamx-ready</c></term><description>Healthy while the streams are open. Unhealthy before the start, from the moment
    /// the host begins to stop, and when a stream takes no more values; degraded while a consumer stalls.</description></item>
    /// </list>
    /// <para>A stream that waits for values, and a consumer that waits for a slower one, are healthy. A stall degrades readiness only:
    /// by itself it neither restarts a process nor takes it out of service, as long as degraded is mapped to 200, which is the
    /// default.</para>
    /// <para>Calling it again adds nothing. The checks may run at any time, also before the start and after the stop.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static IHealthChecksBuilder AddStreamx(this IHealthChecksBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Services.Any(service => service.ServiceType == typeof(StartupHealthCheck))) return builder;
        builder.Services.AddSingleton<StreamHealth>();
        builder.Services.AddSingleton<StartupHealthCheck>();
        builder.Services.AddSingleton<LivenessHealthCheck>();
        builder.Services.AddSingleton<ReadinessHealthCheck>();
        builder.Services.AddSingleton<IValidateOptions<StreamxHealthOptions>, StreamxHealthOptionsValidator>();
        builder.Services.AddOptions<StreamxHealthOptions>()
            .PostConfigure<IServiceProvider>(static (options, services) => Bind(services, options))
            .ValidateOnStart();
        return builder
            .AddCheck<StartupHealthCheck>("streamx-startup", tags: ["startup"])
            .AddCheck<LivenessHealthCheck>("streamx-live", tags: ["live"])
            .AddCheck<ReadinessHealthCheck>("streamx-ready", tags: ["ready"]);
    }

    /// <summary>As <see cref="AddStreamx(IHealthChecksBuilder)"/>, with settings.</summary>
    /// <param name="builder">The host's health checks.</param>
    /// <param name="configure">Sets the options; the configuration section <c>StreamxHealth</c> wins over it.</param>
    /// <returns>The same builder.</returns>
    /// <remarks>Calling it again adds no checks; the options compose in order.</remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IHealthChecksBuilder AddStreamx(this IHealthChecksBuilder builder, Action<StreamxHealthOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.AddStreamx().Services.Configure(configure);
        return builder;
    }

    private static void Bind(IServiceProvider services, StreamxHealthOptions options)
    {
        if (StreamxConfiguration.Section(services, StreamxHealthOptionsValidator.Section) is not { } section) return;
        if (SettingText.Problems(section, typeof(StreamxHealthOptions)) is { Count: > 0 } problems)
            throw new OptionsValidationException(Microsoft.Extensions.Options.Options.DefaultName, typeof(StreamxHealthOptions), problems);
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException error)
        {
            throw new OptionsValidationException(
                Microsoft.Extensions.Options.Options.DefaultName, typeof(StreamxHealthOptions), [error.Message]);
        }
    }
}
