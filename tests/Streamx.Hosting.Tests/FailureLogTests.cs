using Microsoft.Extensions.Logging.Testing;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests;

/// <summary>Each log event about a failure says which value was in hand, and what the consumer failed with.</summary>
public abstract class FailureLogTests(RegistrationOrder order) : HostTests(order)
{
    public sealed class AsWritten() : FailureLogTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : FailureLogTests(RegistrationOrder.Reversed);

    private const string Subject = "Consumer scripted of stream Int32";

    /// <summary>What becomes of the second value, the kind of the consumer, the event and its message with a place for the value.</summary>
    public static TheoryData<string, ConsumerKind, int, string> Failures => new()
    {
        { "Retry", ConsumerKind.Handler, 18, "failed on {0}, and tries again in 0 s (retry 1)." },
        { "Retry", ConsumerKind.Batch, 18, "failed on {0}, and tries again in 0 s (retry 1)." },
        { "Restart", ConsumerKind.Handler, 19, "failed and is restarted in 0 s (restart 1). It keeps what it has in hand: {0}." },
        { "Restart", ConsumerKind.Loop, 19, "failed and is restarted in 0 s (restart 1). It keeps what it has in hand: {0}." },
        {
            "Skip",
            ConsumerKind.Handler,
            21,
            "could not handle {0} and goes on without (values skipped: 1, attempts: 1). Register a dead-letter handler to keep what is skipped."
        },
        { "DeadLetter", ConsumerKind.Handler, 22, "could not handle {0}; the dead-letter handler has taken it (values: 1, attempts: 1)." },
        { "Detach", ConsumerKind.Handler, 23, "failed and has left it. In hand: {0}. The other consumers continue." },
        { "Detach", ConsumerKind.Loop, 23, "failed and has left it. In hand: {0}. The other consumers continue." },
        { "FaultStream", ConsumerKind.Handler, 6, "failed. In hand: {0}." },
        { "FaultStream", ConsumerKind.Batch, 6, "failed. In hand: {0}." },
        { "FaultStream", ConsumerKind.Loop, 6, "failed. In hand: {0}." },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Failure_InOneProcess_SaysThePositionAndTheError(string policy, ConsumerKind kind, int eventId, string message)
    {
        var (record, status) = await RunAsync(policy, kind, between: null);

        AssertSays(eventId, message, "the value at position 1", record);
        Assert.Equal((1, null), (status.LastFailure!.Position, status.LastFailure.Delivery));
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Failure_BetweenProcesses_SaysNumberAndEpochAndTheError(string policy, ConsumerKind kind, int eventId, string message)
    {
        var (record, status) = await RunAsync(policy, kind, new InMemoryStore(TimeProvider.System).CreateProcess());

        AssertSays(eventId, message, "value 2 of epoch 1", record);
        Assert.Equal((2, 2, 1), (status.LastFailure!.Position, status.LastFailure.Delivery?.Sequence, status.LastFailure.Delivery?.Epoch));
        Assert.All(status.FailedValues, value => Assert.Equal((2, 1), (value.Position, value.Failure.Delivery?.Epoch)));
    }

    [Fact]
    public async Task Skip_OfABatch_SaysAllItsPositions()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.Window, o.StopHostWhenCompleted) = (3, true)).AddFeed(3).AddScripted(
            ConsumerKind.Batch, (_, _) => throw new IOException("no ink"), o => o.OnFailure = ConsumerFailure.Skip);
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.StartsWith(
            $"{Subject} could not handle the values at positions 0 to 2 and goes on without (values skipped: 3, attempts: 1).",
            Assert.Single(Records(host)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_OfALoopBeforeItsFirstValue_SaysThatItHasNone()
    {
        var builder = CreateBuilder();
        builder.Services.AddSingleton(new Failing());
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(1)
            .AddStreamConsumer<FailingAtFirst>(Scripted.Name, o => (o.OnFailure, o.Restart) = (ConsumerFailure.Restart, PolicyHost.AtOnce(1)));
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal(
            $"{Subject} failed and is restarted in 0 s (restart 1). It keeps what it has in hand: no value.", Assert.Single(Records(host)).Message);
        Assert.Null(host.Consumer(Scripted.Name).LastFailure!.Position);
    }

    [Fact]
    public async Task Detach_ByAnOperator_SaysWhatItHadInHand_AndSoDoesItsFailureAfterThat()
    {
        var release = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddFeed(2, staysOpen: true).AddConsumer("healthy", (_, _) => default).AddScripted(
            ConsumerKind.Handler,
            async (value, _) =>
            {
                if (value == 1) return;
                await release.WaitAsync();
                throw new IOException("no ink");
            });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await host.UntilConsumerAsync(Scripted.Name, consumer => consumer.Subscription is { HoldsValue: true, Position: 1 });

        host.Services.GetRequiredService<IStreamxControl>().DetachConsumer("Int32", Scripted.Name);
        release.Set();
        await host.TheStream().FindConsumer(Scripted.Name)!.Run.WithinAsync();
        await host.StopAsync().WithinAsync();

        Assert.Equal(
            [
                (28, "Control: detach of scripted of stream Int32. In hand: the value at position 1."),
                (24, $"{Subject} failed after it had left. It had in hand: the value at position 1."),
            ],
            Records(host).Select(record => (record.Id.Id, record.Message)));
    }

    [Fact]
    public void Item_ThatWasDeliveredBefore_SaysSo()
    {
        StreamxDelivery Delivery(long sequence, bool isRedelivered) => new() { Epoch = 3, Sequence = sequence, IsRedelivered = isRedelivered };

        Assert.Equal("value 17 of epoch 3 (redelivered)", new ItemInHand(Delivery(17, isRedelivered: true)).ToString());
        Assert.Equal("value 17 of epoch 3", new ItemInHand(Delivery(17, isRedelivered: false)).ToString());
        Assert.Equal("values 17 to 18 of epoch 3 (redelivered)", new ItemInHand(0, 2, [Delivery(17, true), Delivery(18, false)]).ToString());
    }

    /// <summary>Runs a stream of three values, of which the second fails once, and gives what was logged of that.</summary>
    private async Task<(FakeLogRecord Record, StreamxConsumerStatus Status)> RunAsync(
        string policy, ConsumerKind kind, InMemoryTransport? between)
    {
        var tries = 0;
        var builder = CreateBuilder();
        var streamx = builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true);
        if (between is not null) streamx.UseInMemory(between);
        if (policy == "DeadLetter") streamx.AddDeadLetterHandler<Taking>();
        streamx.AddFeed(3).AddConsumer("healthy", (_, _) => default).AddScripted(
            kind,
            (value, _) => value == 2 && ++tries == 1 ? throw new IOException("no ink") : default,
            o =>
            {
                if (policy == "Retry") o.Retry = PolicyHost.AtOnce(1);
                else o.OnFailure = policy == "DeadLetter" ? ConsumerFailure.Skip : Enum.Parse<ConsumerFailure>(policy);
                o.Restart = PolicyHost.AtOnce(1);
            });
        using var host = builder.Build();
        // A durable consumer that was detached here is still waited for: the stream does not end by itself.
        await host.StartAsync().WithinAsync();
        await Until.TrueAsync(() => Records(host).Any());
        await host.StopAsync().WithinAsync();
        return (Assert.Single(Records(host)), host.Consumer(Scripted.Name));
    }

    private static void AssertSays(int eventId, string message, string item, FakeLogRecord record)
    {
        Assert.Equal((eventId, $"{Subject} {message.Replace("{0}", item, StringComparison.Ordinal)}"), (record.Id.Id, record.Message));
        Assert.Equal("no ink", Assert.IsType<IOException>(record.Exception).Message);
    }

    /// <summary>What was logged about the consumer that fails.</summary>
    private static IEnumerable<FakeLogRecord> Records(IHost host) => host.Services.GetRequiredService<FakeLogCollector>().GetSnapshot()
        .Where(record => record.Id.Id is 6 or 18 or 19 or 21 or 22 or 23 or 24 or 28)
        .Where(record => record.Message.Contains(Scripted.Name, StringComparison.Ordinal));

    internal sealed class Taking : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken) => default;
    }

    internal sealed class Failing
    {
        public bool HasFailed { get; set; }
    }

    /// <summary>Fails before it has asked for a value, the first time.</summary>
    internal sealed class FailingAtFirst(Failing failing) : IStreamConsumer<int>
    {
        public async Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken)
        {
            if (!failing.HasFailed)
            {
                failing.HasFailed = true;
                throw new IOException("no ink");
            }

            await foreach (var _ in stream)
            {
            }
        }
    }
}
