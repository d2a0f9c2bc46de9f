using Microsoft.Extensions.Logging;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>The network loses a publish while the process stops: the put is confirmed all the same, or fails and is reported.</summary>
public abstract class SwallowedPutTests(OneNode broker) : IAsyncDisposable
{
    private readonly Uri _broker = broker.Uri;
    private readonly TestStream _stream = new(broker.Uri);

    public sealed class NetworkPassesOn(OneNode broker) : SwallowedPutTests(broker)
    {
        [Fact]
        public async Task Stop_PublishSwallowed_IsConfirmedOverANewConnection()
        {
            var taken = new Taken();
            await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)), Window);
            await using var proxy = new TcpProxy(_broker);
            await using var producer = await ProduceAsync(proxy, TimeSpan.FromSeconds(60));
            var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
            await writer.PutAsync(1).AsTask().WithinAsync();

            proxy.Swallow();
            var put = writer.PutAsync(2).AsTask();
            var stopping = producer.StopAsync();
            await producer.LoggedAsync("no session with the other processes", "producers");
            proxy.PassOn();
            var report = await stopping;

            Assert.True(put.IsCompletedSuccessfully);
            Assert.Equal(ShutdownOutcome.Drained, Assert.Single(report.Streams).Outcome);
            await taken.UntilAsync(2);
            Assert.Equal([1, 2], taken.Values);
        }
    }

    /// <summary>The exit code is the process's: no other test runs meanwhile.</summary>
    [Collection(nameof(AloneCollection))]
    public sealed class NetworkSwallowsUntilTheDeadline(OneNode broker) : SwallowedPutTests(broker)
    {
        private readonly int _exitCode = Environment.ExitCode;

        [Fact]
        public async Task Stop_PublishSwallowed_PutFailsAndReportAndExitCodeSaySo()
        {
            Environment.ExitCode = 0;
            await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (_, _) => default), Window);
            await using var proxy = new TcpProxy(_broker);
            await using var producer = await ProduceAsync(proxy, TimeSpan.FromSeconds(3));
            var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
            await writer.PutAsync(1).AsTask().WithinAsync();

            proxy.Swallow();
            var put = writer.PutAsync(2).AsTask();
            var report = await producer.StopAsync();

            Assert.Equal((ShutdownOutcome.Aborted, 3), (Assert.Single(report.Streams).Outcome, Environment.ExitCode));
            await Assert.ThrowsAsync<StreamClosedException>(() => put.WithinAsync());
            Assert.Contains(producer.Log(LogLevel.Error), message => message.Contains("Not finished: (puts)", StringComparison.Ordinal));
        }

        public override ValueTask DisposeAsync()
        {
            Environment.ExitCode = _exitCode;
            return base.DisposeAsync();
        }
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _stream.DisposeAsync();
    }

    private static void Window(StreamxOptions options) => options.Window = 4;

    private async Task<Pod> ProduceAsync(TcpProxy proxy, TimeSpan shutdownTimeout)
    {
        await _stream.RegisteredAsync("a");
        var producer = Pod.Build(
            _stream,
            stream =>
            {
                stream.UseRabbitMq(o => (o.Uri, o.Timeout) = (proxy.Uri, TimeSpan.FromSeconds(2)));
                stream.Services.Configure<HostOptions>(o => o.ShutdownTimeout = shutdownTimeout);
            },
            Window);
        await producer.StartAsync();
        return producer;
    }
}
