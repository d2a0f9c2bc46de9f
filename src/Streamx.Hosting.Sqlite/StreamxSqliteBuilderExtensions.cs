using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Sqlite;

/// <summary>Keeps streams in a SQLite file, so that they survive the processes that use them.</summary>
public static class StreamxSqliteBuilderExtensions
{
    /// <summary>The section of the settings, below the stream's.</summary>
    internal const string Section = "Sqlite";

    /// <summary>
    /// Keeps a stream in a SQLite file. Values are written by the registered <see cref="IStreamSerializer{T}"/>, or else as JSON.
    /// </summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="builder">The stream.</param>
    /// <param name="path">The file, relative to the content root.</param>
    /// <returns>The builder.</returns>
    /// <inheritdoc cref="UseSqlite{T}(IStreamxBuilder{T}, Action{SqliteStreamOptions})" path="/*[self::remarks or self::exception]"/>
    [RequiresUnreferencedCode("JSON without a source-generated context needs reflection. Pass a JsonTypeInfo<T>.")]
    [RequiresDynamicCode("JSON without a source-generated context needs reflection. Pass a JsonTypeInfo<T>.")]
    public static IStreamxBuilder<T> UseSqlite<T>(this IStreamxBuilder<T> builder, string path) =>
        UseSqlite(builder, options => options.Path = path);

    /// <summary>
    /// Keeps a stream in a SQLite file. Values are written by the registered <see cref="IStreamSerializer{T}"/>, or else as JSON.
    /// </summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="builder">The stream.</param>
    /// <param name="configure">Sets the options; the configuration section <c>Streamx:&lt;stream&gt;:Sqlite</c> wins over it.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// Every process of the stream makes the same call, each with the producers and consumers it runs. A further call adds to the options.
    /// A setting that cannot work stops the start, with an <see cref="OptionsValidationException"/> that names it.
    /// </remarks>
    /// <exception cref="ArgumentNullException">There is no builder.</exception>
    /// <exception cref="ArgumentException">The builder is not the one that <c>AddStreamx</c> gave.</exception>
    [RequiresUnreferencedCode("JSON without a source-generated context needs reflection. Pass a JsonTypeInfo<T>.")]
    [RequiresDynamicCode("JSON without a source-generated context needs reflection. Pass a JsonTypeInfo<T>.")]
    public static IStreamxBuilder<T> UseSqlite<T>(this IStreamxBuilder<T> builder, Action<SqliteStreamOptions>? configure = null) =>
        Use(builder, static () => (JsonTypeInfo<T>)JsonSerializerOptions.Web.GetTypeInfo(typeof(T)), configure);

    /// <summary>
    /// Keeps a stream in a SQLite file. Values are written by the registered <see cref="IStreamSerializer{T}"/>, or else as JSON.
    /// </summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="builder">The stream.</param>
    /// <param name="json">How values are written, from a source-generated context.</param>
    /// <param name="configure">Sets the options; the configuration section <c>Streamx:&lt;stream&gt;:Sqlite</c> wins over it.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">There is no builder, or no <paramref name="json"/>.</exception>
    /// <exception cref="ArgumentException">The builder is not the one that <c>AddStreamx</c> gave.</exception>
    /// <inheritdoc cref="UseSqlite{T}(IStreamxBuilder{T}, Action{SqliteStreamOptions})" path="/remarks"/>
    public static IStreamxBuilder<T> UseSqlite<T>(
        this IStreamxBuilder<T> builder, JsonTypeInfo<T> json, Action<SqliteStreamOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Use(builder, () => json, configure);
    }

    private static IStreamxBuilder<T> Use<T>(IStreamxBuilder<T> builder, Func<JsonTypeInfo<T>> json, Action<SqliteStreamOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<SqlMetrics>();
        builder.Services.TryAddSingleton(services => new SqlStores(ClockOf(services)));
        var stream = builder.Name;
        return TransportRegistration.Use(
            builder,
            Section,
            configure,
            static (section, options) => section.Bind(options),
            new SqliteOptionsValidator(stream),
            json,
            (services, options) => new SqlTransport(
                stream,
                services.GetRequiredService<SqlStores>(),
                StoreSettings.Of(options, services.GetService<IHostEnvironment>()?.ContentRootPath ?? Environment.CurrentDirectory),
                options,
                ClockOf(services),
                services.GetRequiredService<SqlMetrics>()) { Retention = (long)options.Retention.TotalMilliseconds });
    }

    private static TimeProvider ClockOf(IServiceProvider services) => services.GetService<TimeProvider>() ?? TimeProvider.System;
}
