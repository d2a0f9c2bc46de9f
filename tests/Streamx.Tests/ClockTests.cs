using Streamx.Tests.Support;

namespace Streamx.Tests;

/// <summary>A clock is user code: a test's clock, for one, runs timers' callbacks when it is asked for the time, and those use the stream.</summary>
public sealed class ClockTests
{
    public static TheoryData<string> Operations => ["put", "wait", "try", "read", "finish", "run", "batch", "leave", "flush", "close", "fault", "look"];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task AnyOperation_ClockUsesTheStream_FindsTheLockFree(string operation)
    {
        var clock = new NosyClock();
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 2, TimeProvider = clock });
        var subscription = stream.Subscribe();
        await using var reader = stream.GetAsyncEnumerator();
        await using var batches = stream.Subscribe().ReadBatchesAsync(2, TimeSpan.FromHours(1)).GetAsyncEnumerator();
        Assert.True(stream.TryPut(1) && (operation is "put" || stream.TryPut(2)));
        if (operation is "finish" or "run") await reader.NextAsync();
        if (operation is "finish" or "leave" or "close") _ = stream.PutAsync(3).AsTask();
        clock.Stream = stream;

        await DedicatedThread.RunAsync(() => _ = operation switch
        {
            "put" or "wait" => stream.PutAsync(9).IsCompleted,
            "try" => stream.TryPut(9),
            "read" or "finish" or "run" => reader.MoveNextAsync().IsCompleted,
            "batch" => batches.MoveNextAsync().IsCompleted,
            "leave" => subscription.DisposeAsync().IsCompleted,
            "flush" => stream.FlushAsync().IsCompleted,
            "close" => stream.CloseAsync().IsCompleted,
            "fault" => stream.TryFault(new FormatException()),
            _ => stream.GetSnapshot().ValuesPut > 0,
        });

        Assert.False(clock.FoundTheLockHeld, "The clock was asked while the stream's lock was held.");
    }

    private sealed class NosyClock : TimeProvider
    {
        internal AsyncStream<int>? Stream { private get; set; }

        internal bool FoundTheLockHeld { get; private set; }

        public override long GetTimestamp()
        {
            if (Stream is { } stream) FoundTheLockHeld |= !DedicatedThread.CanUse(stream);
            return base.GetTimestamp();
        }
    }
}
