using Microsoft.Extensions.Options;
using Streamx;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Puts an event for each line of a file or of standard input. Returns at the end of it.</summary>
internal sealed class LineReader(IOptions<DemoOptions> options, TimeProvider timeProvider) : IProducer<HostEvent>
{
    /// <inheritdoc/>
    public async Task ProduceAsync(IStreamWriter<HostEvent> stream, CancellationToken stoppingToken)
    {
        var input = options.Value.Input!;
        using var reader = input == "-" ? new StreamReader(Console.OpenStandardInput(), leaveOpen: true) : new StreamReader(input);
        // A read of standard input heeds no token, so it is abandoned when the worker stops.
        for (var sequence = 1L; await reader.ReadLineAsync(stoppingToken).AsTask().WaitAsync(stoppingToken) is { } line; sequence++)
            await stream.PutAsync(new HostEvent(sequence, timeProvider.GetUtcNow(), HostEventKind.Line, input, line), stoppingToken);
    }
}
