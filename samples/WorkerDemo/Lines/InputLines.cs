using System.Runtime.CompilerServices;

namespace WorkerDemo;

/// <summary>The lines of an input that ends.</summary>
internal static class InputLines
{
    /// <summary>How much is read at once.</summary>
    private const int ChunkSize = 64 * 1024;

    /// <summary>The lines of a file, as long as it is now.</summary>
    internal static async IAsyncEnumerable<string> FromFileAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        await using (file)
        {
            await foreach (var line in ReadAsync((chunk, token) => file.ReadAsync(chunk, token), cancellationToken)) yield return line;
        }
    }

    /// <summary>The lines of standard input.</summary>
    internal static IAsyncEnumerable<string> FromStandardInputAsync() => FromBlockingAsync(Console.OpenStandardInput());

    /// <summary>The lines of a stream whose reads block and heed no token.</summary>
    /// <remarks>
    /// Each read has a thread of its own, so that no thread of the pool is lost to an input that is silent for hours, and cancelling
    /// abandons the read. The stream is not disposed: an abandoned read may still be in it, which the end of the process ends.
    /// </remarks>
    internal static IAsyncEnumerable<string> FromBlockingAsync(Stream stream, CancellationToken cancellationToken = default) =>
        ReadAsync(
            (chunk, token) => new ValueTask<int>(Task.Factory
                .StartNew(() => stream.Read(chunk.Span), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .WaitAsync(token)),
            cancellationToken);

    private static async IAsyncEnumerable<string> ReadAsync(
        Func<Memory<byte>, CancellationToken, ValueTask<int>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var splitter = new LineSplitter();
        var chunk = new byte[ChunkSize];
        while (await read(chunk, cancellationToken) is var count and > 0)
        {
            foreach (var line in splitter.Split(chunk.AsMemory(0, count))) yield return line;
        }

        if (splitter.End() is { } last) yield return last;
    }
}
