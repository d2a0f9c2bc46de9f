using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Tests;

public abstract class SkipTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : SkipTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : SkipTests(RegistrationOrder.Reversed);

    [Theory]
    [InlineData(ConsumerKind.Handler)]
    [InlineData(ConsumerKind.Batch)]
    public async Task Skip_NoDeadLetterHandler_PassesOver_OthersSeeAll(ConsumerKind kind)
    {
        var seen = new Seen<int>();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(seen);
        var streamx = builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(5);
        streamx.AddConsumer<NotingConsumer>();
        streamx.AddScripted(
            kind,
            (value, _) =>
            {
                if (value % 2 == 0) throw new InvalidOperationException("even");
                seen.Add(Scripted.Name, value);
                return default;
            },
            o => (o.OnFailure, o.Retry) = (ConsumerFailure.Skip, PolicyHost.AtOnce(1)));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        report.AssertAddsUp();
        Assert.Equal([1, 2, 3, 4, 5], seen[nameof(NotingConsumer)]);
        Assert.Equal([1, 3, 5], seen[Scripted.Name]);
        var consumer = report.Consumer(Scripted.Name);
        Assert.Equal((3, 2, 0, 0), (consumer.Finished, consumer.Skipped, consumer.DeadLettered, consumer.Aborted));
        Assert.Equal(2, host.Log(LogLevel.Error).Count(message => message.Contains("and goes on without (values skipped: 1, attempts: 2)", StringComparison.Ordinal)));
        var status = host.Consumer(Scripted.Name);
        Assert.Equal((3, 2, 0, 2), (status.ValuesFinished, status.ValuesSkipped, status.ValuesDeadLettered, status.Faults));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Skip_DeadLetterHandler_GetsTheLetter(bool handlerFirst)
    {
        var letters = new Letters();
        var tries = 0;
        var builder = CreateBuilder();
        builder.Services.AddSingleton(letters);
        var streamx = builder.Services.AddStreamx<int>("orders", o => o.StopHostWhenCompleted = true).AddFeed(3);
        if (handlerFirst) streamx.AddDeadLetterHandler<Taking>();
        streamx.AddConsumer(
            "failing",
            (value, _) => value == 2 ? throw new InvalidOperationException($"try {++tries}") : default,
            o => (o.OnFailure, o.Retry) = (ConsumerFailure.Skip, PolicyHost.AtOnce(2)));
        if (!handlerFirst) streamx.AddDeadLetterHandler<Taking>();
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        report.AssertAddsUp();
        var letter = Assert.Single(letters.Taken);
        Assert.Equal((2, "orders", "failing", 3), (letter.Value, letter.StreamName, letter.ConsumerName, letter.Attempts));
        Assert.Equal("try 3", letter.Exception.Message);
        Assert.Equal((2, 0, 1), (report.Consumer("failing").Finished, report.Consumer("failing").Skipped, report.Consumer("failing").DeadLettered));
        Assert.Equal((2, 0, 1), (host.Consumer("failing").ValuesFinished, host.Consumer("failing").ValuesSkipped, host.Consumer("failing").ValuesDeadLettered));
        Assert.Empty(host.Log(LogLevel.Error));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Skip_Batch_EachValueIsAccountedFor(bool deadLetters)
    {
        var letters = new Letters();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(letters);
        var streamx = builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (3, true)).AddFeed(6)
            .AddBatchConsumer<FailingBatches>(o => (o.MaxBatchSize, o.MaxBatchWait, o.OnFailure) = (3, TimeSpan.FromHours(1), ConsumerFailure.Skip));
        if (deadLetters) streamx.AddDeadLetterHandler<Taking>();
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        report.AssertAddsUp();
        var consumer = report.Consumer(nameof(FailingBatches));
        Assert.Equal(deadLetters ? (3, 0, 3) : (3, 3, 0), (consumer.Finished, consumer.Skipped, consumer.DeadLettered));
        Assert.Equal(deadLetters ? [1, 2, 3] : [], letters.Taken.Select(letter => letter.Value));
        Assert.All(letters.Taken, letter => Assert.Equal(("no ink", 1), (letter.Exception.Message, letter.Attempts)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DeadLetterHandlerFails_StreamFaults_ValueIsNotFinished(bool cancellation)
    {
        var letters = new Letters { OnLetter = (_, _) => throw (cancellation ? new TaskCanceledException("no table") : new InvalidOperationException("no table")) };
        var builder = CreateBuilder();
        builder.Services.AddSingleton(letters);
        builder.Services.AddStreamx<int>().AddFeed(3).AddDeadLetterHandler<Taking>().AddConsumer(
            "failing", (value, _) => value == 2 ? throw new InvalidOperationException("no ink") : default, o => o.OnFailure = ConsumerFailure.Skip);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertFaulted(report, "no table");
        report.AssertAddsUp();
        var consumer = report.Consumer("failing");
        Assert.Equal((1, 0, 0, 1), (consumer.Finished, consumer.Skipped, consumer.DeadLettered, consumer.Aborted));
    }

    [Fact]
    public async Task DeadLetterHandlerFails_OnTheSecondOfABatch_OnlyTheFirstIsTaken()
    {
        var letters = new Letters { OnLetter = (letter, _) => letter.Value == 2 ? throw new InvalidOperationException("no table") : default };
        var builder = CreateBuilder();
        builder.Services.AddSingleton(letters);
        builder.Services.AddStreamx<int>(o => o.Window = 3).AddFeed(3).AddDeadLetterHandler<Taking>()
            .AddBatchConsumer<FailingBatches>(o => (o.MaxBatchSize, o.MaxBatchWait, o.OnFailure) = (3, TimeSpan.FromHours(1), ConsumerFailure.Skip));
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertFaulted(report, "no table");
        report.AssertAddsUp();
        var consumer = report.Consumer(nameof(FailingBatches));
        Assert.Equal((0, 1, 2), (consumer.Finished, consumer.DeadLettered, consumer.Aborted));
    }

    [Fact]
    public async Task DeadLetterHandler_IsBuiltInAScopeForEachLetter()
    {
        var letters = new Letters();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(letters);
        builder.Services.AddScoped<Unit>();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(3).AddDeadLetterHandler<TakingInUnits>().AddConsumer(
            "failing", (_, _) => throw new InvalidOperationException("no ink"), o => o.OnFailure = ConsumerFailure.Skip);
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal(3, letters.Units.Distinct().Count());
        Assert.All(letters.Units, unit => Assert.True(unit.IsDisposed));
        Assert.Equal([false, false, false], letters.WereDisposed);
    }

    [Fact]
    public async Task DeadLetterHandler_HoldsALetterAtTheAbort_ValueCountsAsAborted()
    {
        var holding = new Signal();
        var letters = new Letters
        {
            OnLetter = async (letter, token) =>
            {
                if (letter.Value != 3) return;
                holding.Set();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            },
        };
        var builder = CreateBuilder();
        builder.Services.AddSingleton(letters);
        builder.Services.AddStreamx<int>(o => (o.Window, o.DrainTimeout) = (4, TimeSpan.Zero)).AddFeed(4).AddDeadLetterHandler<Taking>().AddConsumer(
            "failing", (value, _) => value > 1 ? throw new InvalidOperationException("no ink") : default, o => o.OnFailure = ConsumerFailure.Skip);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();
        await host.UntilAsync(status => status.Stream.ValuesPut == 4);

        await host.StopAsync().WithinAsync();

        var report = await host.ReportAsync();
        Assert.Equal(ShutdownOutcome.Aborted, Assert.Single(report.Streams).Outcome);
        report.AssertAddsUp();
        var consumer = report.Consumer("failing");
        Assert.Equal((1, 1, 1, 1), (consumer.Finished, consumer.DeadLettered, consumer.Aborted, consumer.Undelivered));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Skip_ThenAbort_ReportAddsUp(bool deadLetters)
    {
        var holding = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(new Letters());
        var streamx = builder.Services.AddStreamx<int>(o => (o.Window, o.DrainTimeout) = (5, TimeSpan.Zero)).AddFeed(5).AddConsumer(
            "failing",
            async (value, token) =>
            {
                if (value == 2) throw new InvalidOperationException("no ink");
                if (value != 3) return;
                holding.Set();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            },
            o => o.OnFailure = ConsumerFailure.Skip);
        if (deadLetters) streamx.AddDeadLetterHandler<Taking>();
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await holding.WaitAsync();
        await host.UntilAsync(status => status.Stream.ValuesPut == 5);

        await host.StopAsync().WithinAsync();

        var consumer = (await host.ReportAsync()).Consumer("failing");
        Assert.Equal(
            (1, deadLetters ? 0 : 1, deadLetters ? 1 : 0, 1, 2),
            (consumer.Finished, consumer.Skipped, consumer.DeadLettered, consumer.Aborted, consumer.Undelivered));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_TwoDeadLetterHandlers_FailsNamingThem(bool oneFirst)
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton(new Letters());
        var streamx = builder.Services.AddStreamx<int>("orders").AddConsumer("any", (_, _) => default);
        if (oneFirst) streamx.AddDeadLetterHandler<Taking>().AddDeadLetterHandler<TakingInUnits>();
        else streamx.AddDeadLetterHandler<TakingInUnits>().AddDeadLetterHandler<Taking>();
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<StreamxConfigurationException>(() => host.StartAsync().WithinAsync());

        Assert.Contains("Stream 'orders' has several dead-letter handlers", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Taking), error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(TakingInUnits), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeadLetterHandler_RegisteredTwice_TakesEachLetterOnce()
    {
        var letters = new Letters();
        var builder = CreateBuilder();
        builder.Services.AddSingleton(letters);
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(2).AddDeadLetterHandler<Taking>().AddDeadLetterHandler<Taking>().AddConsumer(
            "failing", (_, _) => throw new InvalidOperationException("no ink"), o => o.OnFailure = ConsumerFailure.Skip);
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        Assert.Equal([1, 2], letters.Taken.Select(letter => letter.Value));
    }

    internal sealed class Letters
    {
        public Func<DeadLetter<int>, CancellationToken, ValueTask> OnLetter { get; init; } = (_, _) => default;

        public ConcurrentQueue<DeadLetter<int>> Taken { get; } = [];

        public ConcurrentQueue<Unit> Units { get; } = [];

        public ConcurrentQueue<bool> WereDisposed { get; } = [];
    }

    internal sealed class Taking(Letters letters) : IDeadLetterHandler<int>
    {
        public async ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken)
        {
            await letters.OnLetter(letter, abortToken);
            letters.Taken.Enqueue(letter);
        }
    }

    internal sealed class Unit : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    internal sealed class TakingInUnits(Letters letters, Unit unit) : IDeadLetterHandler<int>
    {
        public async ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken)
        {
            await Task.Yield();
            letters.Units.Enqueue(unit);
            letters.WereDisposed.Enqueue(unit.IsDisposed);
        }
    }

    internal sealed class FailingBatches : IBatchConsumer<int>
    {
        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) =>
            batch.Span[0] == 1 ? throw new InvalidOperationException("no ink") : default;
    }
}
