using Microsoft.Extensions.Time.Testing;
using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class ExecutionContextTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AsyncLocal_PutResumesAConsumer_TheConsumerKeepsItsOwn(bool inline)
    {
        var stream = Create(inline);
        await using var reader = stream.GetAsyncEnumerator();
        var consumer = SeeAsync("consumer", async () => await reader.NextAsync());

        await SeeAsync("producer", async () => await stream.PutAsync(1));

        Assert.Equal("consumer", await consumer.WithinAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AsyncLocal_ReadResumesAProducer_TheProducerKeepsItsOwn(bool inline)
    {
        var stream = Create(inline);
        await using var reader = stream.GetAsyncEnumerator();
        await stream.PutAsync(1).WithinAsync();
        await reader.NextAsync();
        var producer = SeeAsync("producer", async () => await stream.PutAsync(2));

        await SeeAsync("consumer", async () => await reader.NextAsync());

        Assert.Equal("producer", await producer.WithinAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AsyncLocal_ManyValuesBothWays_NeverLeaks(bool inline)
    {
        var stream = Create(inline);
        var consumers = Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
        {
            Ambient.Value = $"consumer {i}";
            await foreach (var _ in stream)
            {
                Assert.Equal($"consumer {i}", Ambient.Value);
                Ambient.Value = $"consumer {i}";
            }
        })).ToList();
        await using var anchor = stream.Subscribe();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
        {
            for (var value = 0; value < 300; value++)
            {
                Ambient.Value = $"producer {i}, {value}";
                var put = stream.PutAsync(value);
                await anchor.DisposeAsync();
                await put;
                Assert.Equal($"producer {i}, {value}", Ambient.Value);
            }
        })).Append(Task.Run(async () => await anchor.DisposeAsync()))).WithinAsync();
        await stream.CloseAsync().WithinAsync();

        await Task.WhenAll(consumers).WithinAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AsyncLocal_CancellationResumesPutAndRead_BothKeepTheirOwn(bool inline)
    {
        var stream = Create(inline);
        using var cancellation = new CancellationTokenSource();
        var producer = SeeAsync("producer", () => CancelledAsync(async () => await stream.PutAsync(1, cancellation.Token)));
        var closedFor = Create(inline);
        var consumer = SeeAsync("consumer", () => CancelledAsync(async () => await closedFor.GetAsyncEnumerator(cancellation.Token).MoveNextAsync()));

        await SeeAsync("canceller", () => DedicatedThread.RunAsync(cancellation.Cancel));

        Assert.Equal("producer", await producer.WithinAsync());
        Assert.Equal("consumer", await consumer.WithinAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AsyncLocal_BatchEndedByPutOrTimer_TheConsumerKeepsItsOwn(bool inline)
    {
        var clock = new FakeTimeProvider();
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 4, AllowSynchronousContinuations = inline, TimeProvider = clock });
        await using var reader = stream.Subscribe().ReadBatchesAsync(2, TimeSpan.FromSeconds(1)).GetAsyncEnumerator();
        Assert.True(stream.TryPut(1));
        var byPut = SeeAsync("consumer", async () => await reader.NextAsync());
        await SeeAsync("producer", async () => await stream.PutAsync(2));
        Assert.Equal("consumer", await byPut.WithinAsync());
        Assert.True(stream.TryPut(3));

        var byTimer = SeeAsync("consumer", async () => await reader.NextAsync());
        await SeeAsync("clock", () => DedicatedThread.RunAsync(() => clock.Advance(TimeSpan.FromSeconds(1))));

        Assert.Equal("consumer", await byTimer.WithinAsync());
    }

    /// <summary>What is ambient after an action that began with a value of its own.</summary>
    private static async Task<string?> SeeAsync(string ambient, Func<Task> action)
    {
        Ambient.Value = ambient;
        await action();
        return Ambient.Value;
    }

    private static async Task CancelledAsync(Func<Task> action) => await Assert.ThrowsAnyAsync<OperationCanceledException>(action);

    private static AsyncStream<int> Create(bool inline) => new(new AsyncStreamOptions { AllowSynchronousContinuations = inline });
}
