namespace Streamx.Hosting.Tests.Workers;

/// <summary>Workers that return null where they have to return a task.</summary>
public abstract class NullTaskTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : NullTaskTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : NullTaskTests(RegistrationOrder.Reversed);

    /// <summary>What a mock returns that has not been set up.</summary>
    private static Task Nothing { get; } = null!;

    [Theory]
    [InlineData("Producer")]
    [InlineData("Producer", true)]
    [InlineData("Consumer")]
    [InlineData("Processor")]
    public async Task Worker_ReturnsNull_FailsSayingSo(string role, bool isDelegate = false)
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<string>("out").AddConsumer("sink", (_, _) => default);
        var stream = builder.Services.AddStreamx<int>("orders", o => o.StopHostWhenCompleted = true).AddFeed(1).AddConsumer("healthy", (_, _) => default);
        _ = role switch
        {
            "Producer" when isDelegate => stream.AddProducer("tested", (_, _) => Nothing),
            "Producer" => stream.AddProducer<ReturningNull>("tested"),
            "Consumer" => stream.AddStreamConsumer<ReturningNull>("tested"),
            _ => stream.AddProcessor<string, ReturningNull>("tested"),
        };
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal(
            $"{role} 'tested' of stream 'orders' returned null instead of a task. A method that is not async has to return one, for instance Task.CompletedTask.",
            HostedStreams.Of(host.Services).All().Single(hosted => hosted.Name == "orders").Fault?.Message);
    }

    internal sealed class ReturningNull : IProducer<int>, IStreamConsumer<int>, IProcessor<int, string>
    {
        public Task ProduceAsync(IStreamWriter<int> stream, CancellationToken stoppingToken) => Nothing;

        public Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken) => Nothing;

        public Task ProcessAsync(int value, IStreamWriter<string> output, CancellationToken abortToken) => Nothing;
    }
}
