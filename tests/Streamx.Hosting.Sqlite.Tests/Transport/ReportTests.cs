using Microsoft.Extensions.Time.Testing;

namespace Streamx.Hosting.Sqlite.Tests.Transport;

/// <summary>Questions and reports leave nothing behind.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly TestFile _file = new();

    [Fact]
    public async Task Reports_NoneIsAskedForAnyMore_AreGoneFromTheFileAfterSeconds()
    {
        FakeTimeProvider clock = new();
        await using var session = await OpenAsync(clock);
        await session.AskAsync(default).WithinAsync();
        await session.ReportAsync("report"u8.ToArray(), default).WithinAsync();
        Assert.Equal(2, Rows);

        await Until.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return Rows == 0;
        });
    }

    [Fact]
    public async Task Reports_SessionGivenUp_LeavesNothing()
    {
        await using var other = await OpenAsync(TimeProvider.System);
        var session = await OpenAsync(TimeProvider.System);
        await session.AskAsync(default).WithinAsync();

        await session.DisposeAsync();

        await Until.TrueAsync(() => Rows == 0);
    }

    [Fact]
    public async Task Reports_FromBeforeTheMachineWasStartedAgain_AreNotGiven()
    {
        var asked = 0;
        await using var session = await _file.CreateProcess().OpenReportsAsync(() => Interlocked.Increment(ref asked), _ => { }, default).WithinAsync();
        _file.Execute("insert into streamx_reports (stream, session, expires) values ('NUMBERS', 1, 9000000000000000)");
        await using var other = await OpenAsync(TimeProvider.System);

        await other.AskAsync(default).WithinAsync();

        await Until.TrueAsync(() => Volatile.Read(ref asked) > 0);
        Assert.Equal(1, Volatile.Read(ref asked));
    }

    [Fact]
    public async Task Reports_ConnectionEnds_SessionIsLost()
    {
        await using var session = await OpenAsync(TimeProvider.System);

        File.Delete(_file.Path);

        Assert.Contains("deleted or replaced", (await session.WhenLost.WithinAsync()).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TransportException>(() => session.AskAsync(default).WithinAsync());
    }

    private long Rows => _file.Number("select count(*) from streamx_reports");

    private Task<IReportSession> OpenAsync(TimeProvider clock) =>
        _file.CreateProcess(clock: clock).OpenReportsAsync(() => { }, _ => { }, default).WithinAsync();

    public void Dispose() => _file.Dispose();
}
