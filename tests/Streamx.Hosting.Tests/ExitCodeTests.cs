using Streamx.Hosting.Tests.Chaos;

namespace Streamx.Hosting.Tests;

/// <summary>Alone, since the process has only one exit code.</summary>
[Collection(ChaosCollection.Name)]
public abstract class ExitCodeTests : HostTests, IDisposable
{
    private readonly int _before = Environment.ExitCode;

    protected ExitCodeTests(RegistrationOrder order)
        : base(order)
    {
        Environment.ExitCode = 0;
    }

    public void Dispose()
    {
        Environment.ExitCode = _before;
        GC.SuppressFinalize(this);
    }

    public sealed class AsWritten() : ExitCodeTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : ExitCodeTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task Completed_IsZero()
    {
        using var host = Build((_, _) => default);

        await host.RunToReportAsync();

        Assert.Equal(0, Environment.ExitCode);
    }

    [Fact]
    public async Task Stopped_EverythingIsDrained_IsZero()
    {
        using var host = Build((_, _) => default, staysOpen: true);
        await host.StartAsync().WithinAsync();
        await host.UntilAsync(status => status.Stream.ValuesPut > 0);

        await host.StopAsync().WithinAsync();

        Assert.Equal(0, Environment.ExitCode);
    }

    [Theory]
    [InlineData(ConsumerFailure.FaultStream, 1)]
    [InlineData(ConsumerFailure.Skip, 0)]
    [InlineData(ConsumerFailure.Detach, 0)]
    public async Task ConsumerFails_IsOneOnlyIfTheStreamFaults(ConsumerFailure policy, int expected)
    {
        using var host = Build((_, _) => throw new InvalidOperationException("no ink"), o => o.OnFailure = policy);

        await host.RunToReportAsync();

        Assert.Equal(expected, Environment.ExitCode);
    }

    [Fact]
    public async Task ProducerFails_IsOne()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>("bad").AddProducer("feed", (_, _) => throw new InvalidOperationException("source gone")).AddConsumer("any", (_, _) => default);
        builder.Services.AddStreamx<int>("good").AddFeed(1, staysOpen: true).AddConsumer("any", (_, _) => default);
        using var host = builder.Build();

        await host.RunToReportAsync();

        Assert.Equal(1, Environment.ExitCode);
    }

    [Fact]
    public async Task ProducerFailsAfterTheStopHasBegun_IsOneAlsoWithRestart()
    {
        var running = new Signal();
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>().AddConsumer("any", (_, _) => default).AddProducer(
            "feed",
            async (_, token) =>
            {
                running.Set();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token).ContinueWith(_ => { }, TaskScheduler.Default);
                throw new InvalidOperationException("the position could not be saved");
            },
            o => o.OnFailure = ProducerFailure.Restart);
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await running.WaitAsync();

        await host.StopAsync().WithinAsync();

        Assert.Equal(1, Environment.ExitCode);
    }

    [Fact]
    public async Task DrainIsAborted_IsThree()
    {
        using var host = Build((_, token) => new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)));
        await host.StartAsync().WithinAsync();
        await host.UntilConsumerAsync("tested", consumer => consumer.Subscription is { HoldsValue: true });

        await host.StopAsync().WithinAsync();

        Assert.Equal(3, Environment.ExitCode);
    }

    [Fact]
    public async Task ProgramHasSetOne_IsKept()
    {
        using var host = Build((_, _) => throw new InvalidOperationException("no ink"));
        Environment.ExitCode = 42;

        await host.RunToReportAsync();

        Assert.Equal(42, Environment.ExitCode);
    }

    /// <summary>A stream of three values with a healthy consumer and the one that is tested.</summary>
    private IHost Build(Func<int, CancellationToken, ValueTask> consume, Action<ConsumerOptions>? configure = null, bool staysOpen = false)
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.DrainTimeout, o.StopHostWhenCompleted) = (staysOpen ? null : TimeSpan.Zero, true))
            .AddFeed(3, staysOpen)
            .AddConsumer("tested", consume, configure)
            .AddConsumer("healthy", (_, _) => default);
        return builder.Build();
    }
}
