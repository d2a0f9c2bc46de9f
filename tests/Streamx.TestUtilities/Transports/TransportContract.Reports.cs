using System.Collections.Concurrent;
using System.Text;

namespace Streamx.TestUtilities.Transports;

/// <content>How an engine carries reports between processes, if it does.</content>
public abstract partial class TransportContract
{
    [Fact]
    public async Task Reports_OneProcessAsks_OthersHearTheQuestionAndItTheirReports()
    {
        await using var watcher = await OpenReportsAsync();
        if (watcher is null) return;
        await using var first = await OpenReportsAsync();
        await using var second = await OpenReportsAsync();

        await watcher.Session.AskAsync(default).WithinAsync();
        await Until.TrueAsync(() => first!.Questions == 1 && second!.Questions == 1);
        await first!.ReportAsync("one");
        await second!.ReportAsync("two");

        await Until.TrueAsync(() => watcher.Reports.Count == 2);
        Assert.Equal(["one", "two"], watcher.Reports.Order());
        // A second question comes behind everything that was sent to the others before.
        await watcher.Session.AskAsync(default).WithinAsync();
        await Until.TrueAsync(() => first.Questions == 2 && second.Questions == 2);
        Assert.Empty(first.Reports);
        Assert.Empty(second.Reports);
        Assert.Equal(0, watcher.Questions);
    }

    [Fact]
    public async Task Reports_TwoProcessesAsk_BothReceiveEachReportAndNotTheirOwn()
    {
        await using var first = await OpenReportsAsync();
        if (first is null) return;
        await using var second = await OpenReportsAsync();
        await first.Session.AskAsync(default).WithinAsync();
        await second!.Session.AskAsync(default).WithinAsync();

        await first.ReportAsync("of the first");
        await second.ReportAsync("of the second");

        await Until.TrueAsync(() => first.Reports.Count == 1 && second.Reports.Count == 1);
        Assert.Equal(["of the second"], first.Reports);
        Assert.Equal(["of the first"], second.Reports);
    }

    [Fact]
    public async Task Reports_AsLargeAsTheyMayBe_ComeUnchanged()
    {
        await using var watcher = await OpenReportsAsync();
        if (watcher is null) return;
        await using var other = await OpenReportsAsync();
        await watcher.Session.AskAsync(default).WithinAsync();
        var report = string.Concat(Enumerable.Repeat("{\"é\":1}", 7_900 / 8));

        await other!.ReportAsync(report);

        await Until.TrueAsync(() => !watcher.Reports.IsEmpty);
        Assert.Equal(report, Assert.Single(watcher.Reports));
    }

    [Fact]
    public async Task Reports_GivenUp_IsLostAndRefuses()
    {
        var session = await OpenReportsAsync();
        if (session is null) return;

        await session.DisposeAsync();

        Assert.IsType<TransportException>(await session.Session.WhenLost.WithinAsync());
        await Assert.ThrowsAsync<TransportException>(() => session.Session.AskAsync(default).WithinAsync());
    }

    /// <summary>Opens the reports of a process of its own; null where the engine refuses.</summary>
    private async Task<ReportLog?> OpenReportsAsync()
    {
        var process = CreateProcess();
        var log = new ReportLog();
        var isOpen = await CanAsync(process, async () => log.Session = await process.OpenReportsAsync(log.OnAsked, log.OnReport, default));
        return isOpen ? log : null;
    }

    /// <summary>What comes to a process.</summary>
    private sealed class ReportLog : IAsyncDisposable
    {
        private int _questions;

        public IReportSession Session { get; set; } = null!;

        public int Questions => Volatile.Read(ref _questions);

        public ConcurrentQueue<string> Reports { get; } = new();

        public void OnAsked() => Interlocked.Increment(ref _questions);

        public void OnReport(ReadOnlyMemory<byte> report) => Reports.Enqueue(Encoding.UTF8.GetString(report.Span));

        public Task ReportAsync(string report) => Session.ReportAsync(Encoding.UTF8.GetBytes(report), default).WithinAsync();

        public ValueTask DisposeAsync() => Session.DisposeAsync();
    }
}
