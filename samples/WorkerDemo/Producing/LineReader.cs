using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Streamx;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Puts an event for each line of a file or of standard input. Returns at the end of it.</summary>
/// <remarks>Of a file it stores how many lines have been put, if the stream is in one: there it resumes when it is started again.</remarks>
internal sealed class LineReader(
    IOptions<DemoOptions> options, TimeProvider timeProvider, ILogger<LineReader> logger) : IProducer<HostEvent>
{
    /// <inheritdoc/>
    public async Task ProduceAsync(IStreamWriter<HostEvent> stream, CancellationToken stoppingToken)
    {
        var input = options.Value.Input!;
        using var reader = input == "-" ? new StreamReader(Console.OpenStandardInput(), leaveOpen: true) : new StreamReader(input);
        // Standard input cannot be read again.
        var resumable = input == "-" || options.Value.Durable is null ? null : stream.AsResumable();
        var file = Path.GetFullPath(input);
        var done = LinesDone(resumable?.Bookmark, file);
        if (done > 0) Log.Resumes(logger, input, done + 1);

        // A read of standard input heeds no token, so it is abandoned when the worker stops.
        for (var sequence = 1L; await reader.ReadLineAsync(stoppingToken).AsTask().WaitAsync(stoppingToken) is { } line; sequence++)
        {
            if (sequence <= done) continue;
            var value = new HostEvent(sequence, timeProvider.GetUtcNow(), HostEventKind.Line, input, line);
            await (resumable?.PutAsync(value, $"{sequence} {file}", stoppingToken) ?? stream.PutAsync(value, stoppingToken));
        }
    }

    /// <summary>How many lines of a file have been put, by the bookmark: their number, and the file.</summary>
    private static long LinesDone(string? bookmark, string file) =>
        bookmark?.Split(' ', 2) is [var lines, var of] && of == file ? long.Parse(lines, CultureInfo.InvariantCulture) : 0;
}
