using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Tests;

/// <summary>When a batch is delivered. A second consumer is there to be ahead of it, or behind.</summary>
public abstract class BatchTests(RegistrationOrder order) : HostTests(order)
{
    private static readonly TimeSpan s_wait = TimeSpan.FromMinutes(1);

    public sealed class AsWritten() : BatchTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : BatchTests(RegistrationOrder.Reversed);

    [Theory]
    [InlineData(16, 3, new[] { "1,2,3", "4,5,6" })]
    [InlineData(2, 500, new[] { "1,2", "3,4", "5,6" })]
    [InlineData(1, 500, new[] { "1", "2", "3", "4", "5", "6" })]
    public async Task Batch_IsFullOrHoldsAllTheWindowAllows_IsDeliveredWithoutWaiting(int window, int maxSize, string[] expected)
    {
        // The clock stands still: whatever waited for time to pass would wait for ever.
        using var host = Build(new FakeTimeProvider(), window, maxSize, (stream, token) => PutAsync(stream, 6, token));
        var seen = host.Services.GetRequiredService<Seen<string>>();

        var report = await host.RunToReportAsync();

        Assert.Equal(expected, seen["batches"]);
        host.AssertEndedWell(report);
    }

    [Fact]
    public async Task Batch_NotFull_IsDeliveredWhenItsTimeIsUp()
    {
        var time = new FakeTimeProvider();
        var release = new Signal();
        using var host = Build(time, window: 16, maxSize: 500, async (stream, token) =>
        {
            await PutAsync(stream, 2, token);
            await release.WaitAsync(token);
        });
        var seen = host.Services.GetRequiredService<Seen<string>>();
        await host.StartAsync().WithinAsync();
        await host.UntilConsumerAsync("ahead", consumer => consumer.ValuesFinished == 2);

        // The wait begins with the first value, at the latest when the last has been looked at: nobody tells when.
        time.Advance(s_wait - TimeSpan.FromMilliseconds(1));
        var early = seen["batches"].Count;
        await time.AdvanceUntilAsync(Until.TrueAsync(() => seen["batches"].Count > 0));

        Assert.Equal(0, early);
        Assert.Equal(["1,2"], seen["batches"]);
        release.Set();
        await host.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task Batch_NotFull_StreamCloses_IsDeliveredAtOnce()
    {
        using var host = Build(new FakeTimeProvider(), window: 16, maxSize: 4, (stream, token) => PutAsync(stream, 6, token));
        var seen = host.Services.GetRequiredService<Seen<string>>();

        var report = await host.RunToReportAsync();

        Assert.Equal(["1,2,3,4", "5,6"], seen["batches"]);
        host.AssertEndedWell(report);
    }

    [Fact]
    public async Task Batch_NotFull_StreamFaults_IsDeliveredAtOnce()
    {
        using var host = Build(new FakeTimeProvider(), window: 16, maxSize: 4, async (stream, token) =>
        {
            await PutAsync(stream, 6, token);
            throw new InvalidOperationException("source gone");
        });
        var seen = host.Services.GetRequiredService<Seen<string>>();

        var report = await host.RunToReportAsync();

        Assert.Equal(["1,2,3,4", "5,6"], seen["batches"]);
        host.AssertFaulted(report, "source gone");
        Assert.Equal(6, report.Consumer("batches").Finished);
    }

    private IHost Build(FakeTimeProvider time, int window, int maxSize, Func<IStreamWriter<int>, CancellationToken, Task> produce)
    {
        var builder = CreateBuilder(time);
        builder.Services.AddSingleton<Seen<string>>();
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (window, true))
            .AddProducer("feed", produce)
            .AddBatchConsumer<Noting>("batches", o => (o.MaxBatchSize, o.MaxBatchWait) = (maxSize, s_wait))
            .AddConsumer("ahead", (_, _) => default);
        return builder.Build();
    }

    private static async Task PutAsync(IStreamWriter<int> stream, int count, CancellationToken cancellationToken)
    {
        for (var i = 1; i <= count; i++) await stream.PutAsync(i, cancellationToken);
    }

    internal sealed class Noting(Seen<string> seen) : IBatchConsumer<int>
    {
        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken)
        {
            seen.Add("batches", string.Join(',', batch.ToArray()));
            return default;
        }
    }
}
