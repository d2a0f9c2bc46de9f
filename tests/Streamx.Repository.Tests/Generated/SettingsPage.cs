using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Streamx.Hosting;
using Streamx.Hosting.RabbitMQ;
using Streamx.Hosting.Sqlite;

namespace Streamx.Repository.Tests.Generated;

/// <summary>Generates <c>docs/settings.md</c>.</summary>
internal static class SettingsPage
{
    private const string Head = """
        # Settings

        <!-- Generated from the options, their doc comments and their validators: run SettingsPageTests with STREAMX_RECORD_API=1. -->

        Code sets options first, then the configuration, which wins. Everything is checked at start. A bad value, and a key that sets
        nothing, stop the start with a message that names the setting.

        | in code | sets |
        |---|---|
        | `services.AddStreamx<T>("orders", stream => …)` | `StreamxOptions` |
        | `.AddProducer<TProducer>(producer => …)` | `ProducerOptions` |
        | `.AddConsumer<TConsumer>(consumer => …)`, `.AddStreamConsumer<TConsumer>(consumer => …)` | `ConsumerOptions` |
        | `.AddBatchConsumer<TConsumer>(consumer => …)` | `BatchConsumerOptions`, and all of `ConsumerOptions` |
        | `.AddProcessor<TOut, TProcessor>(processor => …)` | `ProcessorOptions`, and all of `ConsumerOptions` |
        | `.UseRabbitMq(rabbit => …)` | `RabbitMqOptions` |
        | `.UseSqlite(sqlite => …)` | `SqliteStreamOptions` |
        | `services.AddHealthChecks().AddStreamx(health => …)` | `StreamxHealthOptions` |
        | `app.MapStreamxDashboard(configure: page => …)` | `StreamxDashboardOptions` |
        | `new AsyncStream<T>(new AsyncStreamOptions { … })`, without a host | `AsyncStreamOptions` |
        | `stream.Subscribe(new SubscriptionOptions { … })`, without a host | `SubscriptionOptions` |

        - In the environment a colon is written as two underscores: `Streamx__orders__Window=64`.
        - A duration is written `hours:minutes:seconds`, or `days.hours:minutes:seconds`. A bare number is refused.
        - `Concurrency` is at most the stream's `Window`. `AcceptAfterStop` is at most half of the time that the host has for the drain.
        - `PartitionBy` is a function, so it is set by code alone.

        | in the configuration | in code | type | default | range | |
        |---|---|---|---|---|---|

        """;

    /// <summary>The page.</summary>
    internal static string Generate()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddStreamx<int>("rabbit").AddConsumer("all", (_, _) => default).UseRabbitMq();
        services.AddStreamx<long>("sqlite").AddConsumer("all", (_, _) => default).UseSqlite();
        services.AddHealthChecks().AddStreamx();
        using var provider = services.BuildServiceProvider();

        const string Stream = "Streamx:<stream>";
        const string Consumer = $"{Stream}:Consumers:<name>";
        SettingsGroup[] groups =
        [
            Group<StreamxOptions>(Stream),
            Group<ProducerOptions>($"{Stream}:Producers:<name>", "rabbit:all"),
            Group<ConsumerOptions>(Consumer, "rabbit:all"),
            Group<BatchConsumerOptions>(Consumer, "rabbit:all"),
            Group<ProcessorOptions>(Consumer, "rabbit:all"),
            Group<RabbitMqOptions>($"{Stream}:RabbitMq", "rabbit"),
            Group<SqliteStreamOptions>($"{Stream}:Sqlite", "sqlite"),
            Group<StreamxHealthOptions>("StreamxHealth"),
            Group<StreamxDashboardOptions>(null),
            Group<AsyncStreamOptions>(null),
            Group<SubscriptionOptions>(null),
        ];
        return Head + string.Concat(groups.SelectMany(group => group.Rows).Select(row => row + "\n"));

        SettingsGroup Group<TOptions>(string? section, string name = "rabbit")
            where TOptions : class, new() => SettingsGroup.Of(section, provider.GetServices<IValidateOptions<TOptions>>(), name);
    }
}
