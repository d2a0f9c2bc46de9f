namespace Streamx.Hosting.Tests.Support;

/// <summary>A processor that does what the host's delegate of its types does.</summary>
internal sealed class Stage<TIn, TOut>(Func<TIn, IStreamWriter<TOut>, CancellationToken, Task> process) : IProcessor<TIn, TOut>
{
    public Task ProcessAsync(TIn value, IStreamWriter<TOut> output, CancellationToken abortToken) => process(value, output, abortToken);
}

internal static class Stages
{
    /// <summary>Adds a processor by a delegate; one for each pair of types.</summary>
    public static IStreamxBuilder<TIn> AddStage<TIn, TOut>(
        this IStreamxBuilder<TIn> builder,
        string name,
        Func<TIn, IStreamWriter<TOut>, CancellationToken, Task> process,
        Action<ProcessorOptions>? configure = null)
    {
        builder.Services.AddSingleton(process);
        return builder.AddProcessor<TOut, Stage<TIn, TOut>>(name, configure);
    }

    /// <summary>A producer that puts 1 to a number and returns.</summary>
    public static IStreamxBuilder<int> AddCounting(this IStreamxBuilder<int> builder, string name, int count) =>
        builder.AddProducer(name, async (stream, token) =>
        {
            for (var i = 1; i <= count; i++) await stream.PutAsync(i, token);
        });
}
