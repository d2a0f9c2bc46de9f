using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Transport;

/// <summary>The contract on a broker of one node.</summary>
public sealed class RabbitMqTransportTests(OneNode broker) : TransportContract, IAsyncDisposable
{
    private readonly TestStream _stream = new(broker.Uri);

    private protected override IStreamTransport CreateProcess(string? instance = null) => _stream.CreateProcess(instance);

    private protected override Task StandbyAsync(IStreamTransport process) => Until.TrueAsync(() => ((RabbitMqTransport)process).IsStandby);

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();
}
