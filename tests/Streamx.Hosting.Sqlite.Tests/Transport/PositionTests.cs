using Microsoft.Extensions.Time.Testing;
using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.Sqlite.Tests.Transport;

/// <summary>Moving a consumer, and what is refused.</summary>
public sealed class PositionTests : IDisposable
{
    private readonly TestFile _file = new();

    [Fact]
    public async Task Join_PositionThatIsNotKept_RegistersNothing()
    {
        await _file.CreateProcess().RegisterAsync(["a"], default);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _file.CreateProcess().JoinAsync("mistyped", 7, default).WithinAsync());

        Assert.Equal(1, _file.Number("select count(*) from streamx_consumers"));
    }

    [Fact]
    public async Task Join_AtAPosition_SessionsOfProcessesThatHaveEndedDoNotCount()
    {
        await using var before = await _file.CreateProcess().JoinAsync("a", default);
        await using var lead = await _file.CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 2);
        await Assert.ThrowsAsync<TransportException>(() => _file.CreateProcess().JoinAsync("a", 1, default).WithinAsync());
        _file.Execute(
            "update streamx_processes set started = 'before' where id = (select process from streamx_sessions where consumer is not null)");

        await using var moved = await _file.CreateProcess().JoinAsync("a", 1, default);

        Assert.Equal("2 v2", Show(await moved.NextAsync()));
    }

    [Fact]
    public async Task Finish_MoreIsInHand_IsStoredWithoutWaitingForIt()
    {
        await using var a = await _file.CreateProcess().JoinAsync("a", default);
        await using var lead = await _file.CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 3);
        for (var i = 0; i < 3; i++) await a.NextAsync();

        a.Finish(1);
        await lead.Positions.WaitForAsync("a", 1);
        a.Finish(2);
        await a.SettleAsync(default).WithinAsync();

        Assert.Equal(2, _file.Number("select position from streamx_consumers"));
    }

    [Fact]
    public async Task Retention_ClockIsSetBack_LaterValuesAreNotOlder()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch + TimeSpan.FromDays(1));
        await _file.CreateProcess(clock: clock).RegisterAsync(["a"], default);
        await using var lead = await _file.CreateProcess(clock: clock).LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 1);
        await lead.DisposeAsync();
        FakeTimeProvider back = new(clock.GetUtcNow() - TimeSpan.FromHours(1));

        await using var next = await _file.CreateProcess(clock: back).LeadAsync([], default).WithinAsync();
        await next.BeginAsync(2).WithinAsync();
        await next.AppendAsync(2, 2);

        Assert.Equal(1, _file.Number("select count(distinct appended_at) from streamx_values"));
    }

    public void Dispose() => _file.Dispose();
}
