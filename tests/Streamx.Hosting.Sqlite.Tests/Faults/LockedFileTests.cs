using Microsoft.Extensions.Time.Testing;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.Sqlite.Tests.Faults;

/// <summary>Another program holds the lock of the file.</summary>
public sealed class LockedFileTests : IDisposable
{
    private readonly TestFile _file = new();
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Append_LockedForThirtySeconds_WaitsAndNoTermIsLost()
    {
        var (leader, next) = (_file.CreateProcess(clock: _clock), _file.CreateProcess(clock: _clock));
        var (blocked, nextBlocked) = (new List<string?>(), new List<string?>());
        (leader.OnBlocked, next.OnBlocked) = (blocked.Add, nextBlocked.Add);
        await using var a = await _file.CreateProcess(clock: _clock).JoinAsync("a", default);
        await using var lead = await leader.LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        using var stop = new CancellationTokenSource();
        var standby = next.LeadAsync([], stop.Token);
        await Until.TrueAsync(() => next.IsStandby);

        using (var other = _file.Connect())
        {
            using var transaction = other.BeginTransaction(deferred: false);
            var append = lead.AppendAsync(Value(1));
            var since = _clock.GetUtcNow();
            // The other process has tried as well: it wants to renew its lease, too.
            await Until.TrueAsync(() =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return _clock.GetUtcNow() - since >= TimeSpan.FromSeconds(30) && blocked.Count > 0 && nextBlocked.Count > 0;
            });
            Assert.False(append.IsCompleted);
            Assert.True(a.IsHeld);
            await transaction.RollbackAsync();
            await append.WithinAsync();
        }

        await lead.AppendAsync(2, 2);
        Assert.Equal(["1 v1", "2 v2"], await a.TakeAsync(2));
        await a.SettleAsync(default).WithinAsync();
        Assert.False(standby.IsCompleted);
        Assert.Contains($"another program has locked the file '{_file.Path}'", blocked[0], StringComparison.Ordinal);
        Assert.Equal(2, blocked.Count);
        Assert.Null(blocked[1]);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => standby.WithinAsync());
    }

    [Fact]
    public async Task Commit_AHandlerOfTheReportThrows_EveryCallEnds()
    {
        var files = new SqlStores(_clock);
        var process = _file.CreateProcess(clock: _clock, files: files);
        var isBlocked = 0;
        process.OnBlocked = reason =>
        {
            if (reason is null) throw new InvalidOperationException("No.");
            Volatile.Write(ref isBlocked, 1);
        };
        await using var a = await process.JoinAsync("a", default);
        Task first, second;

        using (var other = _file.Connect())
        {
            using var transaction = other.BeginTransaction(deferred: false);
            (first, second) = (process.RegisterAsync(["b"], default), process.RegisterAsync(["c"], default));
            await Until.TrueAsync(() =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return Volatile.Read(ref isBlocked) == 1;
            });
            await transaction.RollbackAsync();
        }

        await Assert.ThrowsAsync<TransportException>(() => first.WithinAsync());
        await Assert.ThrowsAsync<TransportException>(() => second.WithinAsync());
        await a.WhenLost.WithinAsync();
    }

    [Fact]
    public async Task Lead_LeaderHangsWhileOthersKeepTheFileBusy_AnotherLeadsAfterItsLease()
    {
        FakeTimeProvider hanging = new();
        CountingClock running = new();
        await _file.CreateProcess(clock: running).RegisterAsync(["a"], default);
        await using var first = await _file.CreateProcess(clock: hanging).LeadAsync([], default).WithinAsync();
        var limit = running.GetUtcNow() + TimeSpan.FromMinutes(2);
        var standby = _file.CreateProcess(clock: running, files: new SqlStores(running));
        var leading = standby.LeadAsync([], default);
        await Until.TrueAsync(() => standby.IsStandby);

        using (var other = _file.Connect())
        {
            while (!leading.IsCompleted && running.GetUtcNow() < limit)
            {
                Task registered;
                using (var transaction = other.BeginTransaction(deferred: false))
                {
                    running.Advance(TimeSpan.FromSeconds(1));
                    registered = standby.RegisterAsync(["a"], default);
                    // At most three times for each look at the file and each try to write: it has found the lock.
                    var reads = running.Reads;
                    await Until.TrueAsync(() => running.Reads > reads + 10);
                    await transaction.RollbackAsync();
                }

                await registered.WithinAsync();
            }
        }

        Assert.True(leading.IsCompleted);
        await using var second = await leading.WithinAsync();
        Assert.True(second.Epoch > first.Epoch);
    }

    [Fact]
    public async Task Dispose_Locked_DoesNotWaitForeverAndLeavesLater()
    {
        var first = await _file.CreateProcess(clock: _clock).LeadAsync([], default).WithinAsync();
        var next = _file.CreateProcess(clock: _clock);
        var standby = next.LeadAsync([], default);
        await Until.TrueAsync(() => next.IsStandby);

        using (var other = _file.Connect())
        {
            using var transaction = other.BeginTransaction(deferred: false);
            var disposed = first.DisposeAsync().AsTask();
            await Until.TrueAsync(() =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return disposed.IsCompleted;
            });
            await disposed;
        }

        await using var second = await standby.WithinAsync();
        Assert.True(second.Epoch > first.Epoch);
    }

    [Fact]
    public async Task Open_LockedByWhoMakesTheTables_Waits()
    {
        _file.Execute("pragma journal_mode = wal");
        using var other = _file.Connect();
        using var transaction = other.BeginTransaction(deferred: false);
        var registered = _file.CreateProcess().RegisterAsync(["a"], default);
        Assert.False(registered.IsCompleted);

        await transaction.RollbackAsync();

        await registered.WithinAsync();
        Assert.Equal(1, _file.Number("select count(*) from streamx_consumers"));
    }

    public void Dispose() => _file.Dispose();

    /// <summary>A clock that shows that a process is at work.</summary>
    private sealed class CountingClock : FakeTimeProvider
    {
        private int _reads;

        public int Reads => Volatile.Read(ref _reads);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _reads);
            return base.GetTimestamp();
        }
    }
}
