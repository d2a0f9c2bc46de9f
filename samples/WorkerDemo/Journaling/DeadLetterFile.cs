using System.Text.Json;
using Streamx.Hosting;

namespace WorkerDemo;

/// <summary>Keeps the events that a consumer could not handle, one JSON object a line, on disk before the consumer goes on.</summary>
internal sealed class DeadLetterFile(DemoOptions options) : IDeadLetterHandler<HostEvent>, IDisposable
{
    /// <summary>Several consumers may fail at once.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    /// <inheritdoc/>
    public async ValueTask HandleAsync(DeadLetter<HostEvent> letter, CancellationToken abortToken)
    {
        var line = Format(letter);
        await _turn.WaitAsync(abortToken);
        try
        {
            await using var file = new FileStream(options.DeadLetters, FileMode.Append, FileAccess.Write, FileShare.Read);
            await file.WriteAsync(line, abortToken);
            file.Flush(flushToDisk: true);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static byte[] Format(DeadLetter<HostEvent> letter)
    {
        var line = new DeadLetterLine(letter.StreamName, letter.ConsumerName, letter.Attempts, letter.Exception.Message, letter.Value);
        return [.. JsonSerializer.SerializeToUtf8Bytes(line, DeadLetterJson.Default.DeadLetterLine), (byte)'\n'];
    }
}
