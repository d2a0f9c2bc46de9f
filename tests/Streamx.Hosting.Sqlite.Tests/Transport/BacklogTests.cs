using Microsoft.Extensions.Time.Testing;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.Sqlite.Tests.Transport;

/// <summary>What is kept, and what comes of it.</summary>
public sealed class BacklogTests : IDisposable
{
    private readonly TestFile _file = new();
    private readonly SqlStores _files = new(TimeProvider.System);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Join_MoreThanItHoldsInMemory_ReceivesAllInOrder(bool isShared)
    {
        await _file.CreateProcess().RegisterAsync(["a"], default);
        await using var lead = await LeadAsync(_files);
        await AppendManyAsync(lead, 1, 3000);

        await using var a = await _file.CreateProcess(files: isShared ? _files : null).JoinAsync("a", default);
        await AppendManyAsync(lead, 3001, 6000);

        Assert.Equal(Enumerable.Range(1, 6000).Select(number => $"{number} v{number}"), await a.TakeAsync(6000));
        await a.SettleAsync(default).WithinAsync();
        await lead.Positions.WaitForAsync("a", 6000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Join_LargeValues_AreNotAllInMemory(bool isShared)
    {
        const int size = 1 << 20;
        await using var a = await _file.CreateProcess(files: isShared ? _files : null).JoinAsync("a", default);
        await using var lead = await LeadAsync(_files);
        for (var number = 1; number <= 20; number++) await lead.AppendAsync(new TransportValue(number, new byte[size])).WithinAsync();
        await Until.TrueAsync(() => a.Deliveries.Count > 0);

        Assert.InRange(a.Deliveries.Count, 1, 5);
        for (var number = 1; number <= 20; number++)
        {
            var next = await a.NextAsync();
            Assert.Equal((number, size), (next.Sequence, next.Body.Length));
            a.Finish(number);
        }
    }

    [Fact]
    public async Task Finish_ByEveryConsumer_ValuesGo()
    {
        await using var a = await _file.CreateProcess(files: _files).JoinAsync("a", default);
        await _file.CreateProcess().RegisterAsync(["b"], default);
        await using var lead = await LeadAsync(_files);
        await AppendManyAsync(lead, 1, 3000);
        await a.TakeAsync(3000);
        await a.SettleAsync(default).WithinAsync();
        Assert.Equal(3000, CountValues());

        await using var b = await _file.CreateProcess().JoinAsync("b", default);
        await b.TakeAsync(3000);
        await b.SettleAsync(default).WithinAsync();

        await Until.TrueAsync(() => CountValues() == 0);
    }

    [Fact]
    public async Task Retention_ValuesStayUntilTheyAreOldEnough()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch);
        var files = new SqlStores(clock);
        var process = _file.CreateProcess(clock: clock, files: files);
        await process.RetainAsync(TimeSpan.FromMinutes(10), default).WithinAsync();
        await using var a = await process.JoinAsync("a", default);
        await using var lead = await process.LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 2);
        clock.Advance(TimeSpan.FromMinutes(6));
        await lead.AppendAsync(3, 3);
        await a.TakeAsync(3);
        await a.SettleAsync(default).WithinAsync();

        clock.Advance(TimeSpan.FromMinutes(5));
        await Until.TrueAsync(() => CountValues() == 1);
        await process.RegisterAsync(["late"], StartFrom.Oldest, default).WithinAsync();
        await lead.AppendAsync(4, 4);

        await using var late = await process.JoinAsync("late", default);
        Assert.Equal(["3 v3", "4 v4"], await late.TakeAsync(4));
    }

    [Fact]
    public async Task Values_DeletedByHand_AreReportedAsLost()
    {
        await _file.CreateProcess().RegisterAsync(["a"], default);
        await using var lead = await LeadAsync(_files);
        await AppendManyAsync(lead, 1, 5);
        _file.Execute("delete from streamx_values where sequence between 2 and 3");

        await using var a = await _file.CreateProcess().JoinAsync("a", default);

        Assert.Equal("1 v1", Show(await a.NextAsync()));
        var lost = await a.NextAsync();
        Assert.Equal((2L, 3L), (lost.LostFrom, lost.Sequence));
        Assert.Equal("4 v4", Show(await a.NextAsync()));
    }

    private async Task<ILeadSession> LeadAsync(SqlStores files)
    {
        var lead = await _file.CreateProcess(files: files).LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(lead.HighestReceived + 1).WithinAsync();
        return lead;
    }

    private static async Task AppendManyAsync(ILeadSession lead, int first, int last) =>
        await lead.AppendAsync([.. Enumerable.Range(first, last - first + 1).Select(number => Value(number))]).WithinAsync();

    private long CountValues() => _file.Number("select count(*) from streamx_values");

    public void Dispose() => _file.Dispose();
}
