using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Carries streams between processes over RabbitMQ.</summary>
public static class StreamxRabbitMqBuilderExtensions
{
    /// <summary>The section of the settings, below the stream's.</summary>
    internal const string Section = "RabbitMq";

    /// <summary>
    /// Has a stream go between processes, on RabbitMQ. Values are written by the registered <see cref="IStreamSerializer{T}"/>, or else as
    /// JSON.
    /// </summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="builder">The stream.</param>
    /// <param name="configure">Sets the options; the configuration section <c>Streamx:&lt;stream&gt;:RabbitMq</c> wins over it.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// Every process of the stream makes the same call, each with the producers and consumers it runs. A further call adds to the options.
    /// A setting that cannot work stops the start, with an <see cref="OptionsValidationException"/> that names it.
    /// </remarks>
    /// <exception cref="ArgumentNullException">There is no builder.</exception>
    /// <exception cref="ArgumentException">The builder is not the one that <c>AddStreamx</c> gave.</exception>
    [RequiresUnreferencedCode("JSON without a source-generated context needs reflection. Pass a JsonTypeInfo<T>.")]
    [RequiresDynamicCode("JSON without a source-generated context needs reflection. Pass a JsonTypeInfo<T>.")]
    public static IStreamxBuilder<T> UseRabbitMq<T>(this IStreamxBuilder<T> builder, Action<RabbitMqOptions>? configure = null) =>
        Use(builder, static () => (JsonTypeInfo<T>)JsonSerializerOptions.Web.GetTypeInfo(typeof(T)), configure);

    /// <summary>
    /// Has a stream go between processes, on RabbitMQ. Values are written by the registered <see cref="IStreamSerializer{T}"/>, or else as
    /// JSON.
    /// </summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="builder">The stream.</param>
    /// <param name="json">How values are written, from a source-generated context.</param>
    /// <param name="configure">Sets the options; the configuration section <c>Streamx:&lt;stream&gt;:RabbitMq</c> wins over it.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// Every process of the stream makes the same call, each with the producers and consumers it runs. A further call adds to the options.
    /// A setting that cannot work stops the start, with an <see cref="OptionsValidationException"/> that names it.
    /// </remarks>
    /// <exception cref="ArgumentNullException">There is no builder, or no <paramref name="json"/>.</exception>
    /// <exception cref="ArgumentException">The builder is not the one that <c>AddStreamx</c> gave.</exception>
    public static IStreamxBuilder<T> UseRabbitMq<T>(
        this IStreamxBuilder<T> builder, JsonTypeInfo<T> json, Action<RabbitMqOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Use(builder, () => json, configure);
    }

    private static IStreamxBuilder<T> Use<T>(IStreamxBuilder<T> builder, Func<JsonTypeInfo<T>> json, Action<RabbitMqOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<RabbitMqMetrics>();
        var (stream, validator) = (builder.Name, new RabbitMqOptionsValidator(builder.Name));
        return TransportRegistration.Use(
            builder,
            Section,
            configure,
            (section, options) =>
            {
                // The binder's message for a value that it cannot read contains the value, and this one may contain a password.
                if (section[nameof(options.Uri)] is { Length: > 0 } address && BrokerAddress.ProblemOf(address) is { } problem)
                    throw new OptionsValidationException(stream, typeof(RabbitMqOptions), [validator.AddressProblem(problem)]);
                section.Bind(options);
            },
            validator,
            json,
            (services, options) => new RabbitMqTransport(
                stream, options, services.GetService<TimeProvider>() ?? TimeProvider.System,
                services.GetRequiredService<RabbitMqMetrics>()));
    }
}
