using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Lines;

public class InputLinesTests
{
    [Fact]
    public async Task FromBlocking_CancelledWhileTheReadBlocks_EndsAtOnce()
    {
        using var cancellation = new CancellationTokenSource();
        using var stream = new BlockingStream();
        var lines = InputLines.FromBlockingAsync(stream, cancellation.Token).GetAsyncEnumerator();
        var next = lines.MoveNextAsync().AsTask();
        await stream.Entered.Task.WaitAsync(WorkerProcess.Limit);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(WorkerProcess.Limit));
        stream.Release.Set();
    }

    /// <summary>A stream like that of a terminal nobody types at.</summary>
    private sealed class BlockingStream : MemoryStream
    {
        internal TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal ManualResetEventSlim Release { get; } = new();

        public override int Read(Span<byte> buffer)
        {
            Entered.TrySetResult();
            Release.Wait(WorkerProcess.Limit);
            return 0;
        }
    }
}
