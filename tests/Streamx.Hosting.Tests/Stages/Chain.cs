namespace Streamx.Hosting.Tests.Stages;

/// <summary>Orders become invoices, and invoices letters, which Mailer sends: three streams, each with a window of one.</summary>
internal static class Chain
{
    /// <summary>Registers the chain.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="orders">How many orders there are.</param>
    /// <param name="work">What each stage does before it puts.</param>
    /// <param name="send">What Mailer does with a letter.</param>
    /// <param name="configure">Settings of the two stages.</param>
    public static void Add(
        IServiceCollection services, int orders, Func<CancellationToken, Task> work, Func<string, CancellationToken, ValueTask> send, Action<ProcessorOptions>? configure = null)
    {
        services.AddStreamx<int>("orders").AddFeed(orders).AddStage<int, long>(
            "Invoicing",
            async (order, invoices, token) =>
            {
                await work(token);
                await invoices.PutAsync(order, token);
            },
            configure);
        services.AddStreamx<long>("invoices").AddStage<long, string>(
            "Rendering",
            async (invoice, letters, token) =>
            {
                await work(token);
                await letters.PutAsync($"{invoice}", token);
            },
            configure);
        services.AddStreamx<string>("letters").AddConsumer("Mailer", send);
    }

    public static string? HolderOf(this IHost host, string stream) => host.Status(stream).Holder is { } holder
        ? $"{holder.Consumer} of {holder.Stream}{string.Concat(holder.Through.Select(stage => $" < {stage}"))}"
        : null;

    /// <summary>Waits until a stream is held so. A holder in this process has then taken the value that puts wait for.</summary>
    public static Task UntilHolderAsync(this IHost host, string stream, string? holder) =>
        Until.TrueAsync(() => host.HolderOf(stream) == holder && (host.Status(stream).Holder is not { } end || host.HasTaken(end)));

    private static bool HasTaken(this IHost host, StreamxHolder holder) =>
        host.Status(holder.Stream).Consumers.SingleOrDefault(consumer => consumer.Name == holder.Consumer) is not { Subscription.HoldsValue: false };

    public static StreamxConsumerStatus Consumer(this IHost host, string stream, string name) => host.Status(stream).Consumers.Single(consumer => consumer.Name == name);
}
