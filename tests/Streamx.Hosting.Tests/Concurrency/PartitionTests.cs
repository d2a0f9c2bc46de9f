namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>Keys: their functions, and batches that keep their order. Values of 10 n … 10 n + 9 have the key n.</summary>
public abstract class PartitionTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : PartitionTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : PartitionTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task KeyFunction_Throws_FailsThatValueAloneWithoutRetries()
    {
        var handled = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (4, true)).AddFeed(20).AddConsumer(
            "slots",
            (value, _) =>
            {
                handled.Add("slots", value);
                return default;
            },
            o =>
            {
                (o.Concurrency, o.OnFailure, o.Retry) = (2, ConsumerFailure.Skip, PolicyHost.AtOnce(3));
                o.PartitionBy((int value) => value == 7 ? throw new FormatException("no key") : value % 3);
            });
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        report.AssertAddsUp();
        Assert.Equal(Enumerable.Range(1, 20).Except([7]), handled["slots"].Order());
        var status = host.Consumer("slots");
        Assert.Equal((1, 0, 19), (status.ValuesSkipped, status.Retries, status.ValuesFinished));
        Assert.Equal(6, Assert.Single(status.FailedValues).Position);
        Assert.Equal("no key", status.FailedValues[0].Failure.Message);
    }

    [Fact]
    public async Task KeyFunction_Throws_FaultsTheStreamByDefault()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.Window = 4).AddFeed(20).AddConsumer("slots", (_, _) => default, o =>
        {
            o.Concurrency = 2;
            o.PartitionBy((int value) => value == 7 ? throw new FormatException("no key") : value);
        });
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertFaulted(report, "no key");
        report.AssertAddsUp();
        Assert.Equal(1, report.Consumer("slots").Aborted);
    }

    [Fact]
    public async Task Batches_NoTwoShareAKeyAndEachKeepsItsOrder()
    {
        var batches = new HeldBatches();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(batches);
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (8, true))
            .AddProducer("values", async (stream, token) => await stream.PutManyAsync(new[] { 10, 11, 20, 12, 13, 21, 30, 31 }, token))
            .AddBatchConsumer<Held>("slots", o =>
            {
                (o.Concurrency, o.MaxBatchSize, o.MaxBatchWait) = (2, 3, TimeSpan.FromHours(1));
                o.PartitionBy((int value) => value / 10);
            });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        // The first takes the keys 1 and 2, so that only those of 3 are left for the other. The window is full: it does not wait.
        await batches.Calls.UntilInHandAsync(10, 30);
        batches.Calls.End(10);
        await batches.Calls.UntilInHandAsync(12, 30);
        batches.Calls.Open();
        await host.StopRequestedAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal(["10 11 20", "12 13 21", "30 31"], batches.Batches.Order());
        Assert.Equal(8, (await host.ReportAsync()).Consumer("slots").Finished);
    }

    [Fact]
    public async Task Batches_AnotherSlotIsBusy_TakeAnEqualPartOfTheWindowAtMost()
    {
        var batches = new HeldBatches();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(batches);
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (8, true))
            .AddProducer("values", async (stream, token) => await stream.PutManyAsync(Enumerable.Range(1, 9).ToArray(), token))
            .AddBatchConsumer<Held>("slots", o => (o.Concurrency, o.MaxBatchSize, o.MaxBatchWait) = (4, 3, TimeSpan.FromHours(1)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();

        await batches.Calls.UntilInHandAsync(1, 4, 6, 8);
        batches.Calls.Open();
        await host.StopRequestedAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal(["1 2 3", "4 5", "6 7", "8", "9"], batches.Batches.Order());
    }

    [Fact]
    public async Task Batch_WaitsToFill_IsGivenWhenItsTimeIsUp()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var batches = new HeldBatches();
        var builder = CreateBuilder(time);
        builder.Services.AddSingleton(batches);
        builder.Services.AddStreamx<int>(o => o.Window = 8).AddFeed(2, staysOpen: true)
            .AddBatchConsumer<Held>("slots", o => (o.Concurrency, o.MaxBatchSize, o.MaxBatchWait) = (2, 5, TimeSpan.FromSeconds(30)));
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilAsync(status => status.Stream.ValuesPut == 2);

        await time.AdvanceUntilAsync(batches.Calls.UntilInHandAsync(1));
        batches.Calls.Open();
        await host.StopAsync().WithinAsync();

        Assert.Equal("1 2", Assert.Single(batches.Batches));
    }

    internal sealed class HeldBatches
    {
        private readonly List<string> _batches = [];

        public HeldCalls Calls { get; } = new();

        public IReadOnlyList<string> Batches
        {
            get
            {
                lock (_batches) return [.. _batches];
            }
        }

        public ValueTask HandleAsync(StreamBatch<int> batch, CancellationToken abortToken)
        {
            lock (_batches) _batches.Add(string.Join(' ', batch));
            return Calls.HandleAsync(batch[0], abortToken);
        }
    }

    internal sealed class Held(HeldBatches batches) : IBatchConsumer<int>
    {
        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => batches.HandleAsync(batch, abortToken);
    }
}
