namespace Streamx.Hosting.Tests.Support;

/// <summary>The ways to consume.</summary>
public enum ConsumerKind
{
    Handler,
    Batch,
    Loop,
}

/// <summary>Consumers of every kind that do the same with each value. Their name is <see cref="Name"/>.</summary>
internal static class Scripted
{
    public const string Name = "scripted";

    public static IStreamxBuilder<int> AddScripted(
        this IStreamxBuilder<int> builder, ConsumerKind kind, Func<int, CancellationToken, ValueTask> onValue, Action<ConsumerOptions>? configure = null)
    {
        builder.Services.AddSingleton(new Script(onValue));
        return kind switch
        {
            ConsumerKind.Handler => builder.AddConsumer<Handler>(Name, configure),
            ConsumerKind.Batch => builder.AddBatchConsumer<Batches>(Name, configure),
            _ => builder.AddStreamConsumer<Loop>(Name, configure),
        };
    }

    /// <summary>A consumer that notes each value, and fails the first two times that it gets 2.</summary>
    public static IStreamxBuilder<int> AddFailingTwice(this IStreamxBuilder<int> builder, ConsumerKind kind, Seen<int> seen, Action<ConsumerOptions> configure) =>
        builder.AddScripted(
            kind,
            (value, _) =>
            {
                seen.Add(Name, value);
                return value == 2 && seen[Name].Count < 4 ? throw new InvalidOperationException("no ink") : default;
            },
            configure);

    internal sealed record Script(Func<int, CancellationToken, ValueTask> OnValue);

    internal sealed class Handler(Script script) : IConsumer<int>
    {
        public ValueTask ConsumeAsync(int value, CancellationToken abortToken) => script.OnValue(value, abortToken);
    }

    internal sealed class Batches(Script script) : IBatchConsumer<int>
    {
        public async ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
        {
            foreach (var value in batch) await script.OnValue(value, abortToken);
        }
    }

    internal sealed class Loop(Script script) : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            await foreach (var value in stream) await script.OnValue(value, abortToken);
        }
    }
}
