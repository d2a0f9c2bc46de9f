using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace WorkerDemo;

/// <summary>The lines of a file that grows, from its beginning on, for ever: across rotation, truncation, and times without a file.</summary>
/// <remarks>
/// <para>Rotation by renaming: the old file is read to its end, and until it has been quiet for one interval, before the new one is
/// begun. Rotation by copying and truncating: the file is read again from its beginning. A line that has no end yet waits for it,
/// or for the file to be replaced.</para>
/// <para>Limits. .NET has no portable file identity, so files are told apart by content (<see cref="FollowedFile"/>). A file that is
/// replaced twice within an interval, or written to after it was renamed and quiet for an interval, loses those lines; so does one
/// that is truncated before it was read to its end. Nothing is remembered from run to run.</para>
/// </remarks>
internal sealed class FileFollower(string path, TimeSpan interval, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>How much is read at once.</summary>
    private const int ChunkSize = 64 * 1024;

    /// <summary>The lines. Ends only by cancellation.</summary>
    internal async IAsyncEnumerable<string> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var splitter = new LineSplitter();
        var chunk = new byte[ChunkSize];
        FollowedFile? file = null;
        using var timer = new PeriodicTimer(interval, timeProvider);
        try
        {
            while (true)
            {
                if (file is null && (file = FollowedFile.TryOpen(path)) is not null) Log.FollowingFile(logger, path);
                if (file is not null)
                {
                    if (file.IsRewritten())
                    {
                        Log.FileRewritten(logger, path);
                        file.Rewind();
                        if (splitter.End() is { } cut) yield return cut;
                    }

                    var isQuiet = true;
                    while (await file.ReadAsync(chunk, cancellationToken) is var count and > 0)
                    {
                        isQuiet = false;
                        foreach (var line in splitter.Split(chunk.AsMemory(0, count))) yield return line;
                    }

                    if (isQuiet && file.TryOpenReplacement(path) is { } replacement)
                    {
                        Log.FileReplaced(logger, path);
                        file.Dispose();
                        file = replacement;
                        if (splitter.End() is { } last) yield return last;
                        continue;
                    }
                }

                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
        finally
        {
            file?.Dispose();
        }
    }
}
