using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.Sqlite.Tests.Transport;

/// <summary>Values that are finished before others with lower numbers.</summary>
public sealed class FinishAheadTests : IDisposable
{
    private readonly TestFile _file = new();

    [Fact]
    public async Task FinishAhead_TheOthersAreFinished_ThePositionGoesOnOverAllAndNoMarkIsLeft()
    {
        await using var a = await _file.CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync(6);
        foreach (long sequence in (long[])[5, 2, 3]) a.FinishAhead(sequence);
        await a.SettleAsync(default).WithinAsync();
        Assert.Equal(2, Marks);

        a.Finish(1);
        await lead.Positions.WaitForAsync("a", 3);
        a.FinishAhead(4);
        await lead.Positions.WaitForAsync("a", 5);
        a.Finish(6);
        await a.SettleAsync(default).WithinAsync();

        Assert.Equal((6, 0), (_file.Number("select position from streamx_consumers"), Marks));
    }

    [Fact]
    public async Task FinishAhead_SessionIsGivenUpAtOnce_IsStoredAsItLeaves()
    {
        var a = await _file.CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync(3);
        using (var writer = _file.Connect())
        {
            // The report cannot be stored before the session leaves.
            await using var transaction = await writer.BeginTransactionAsync();
            a.FinishAhead(2);
            var leaving = a.DisposeAsync();
            await transaction.RollbackAsync();
            await leaving.AsTask().WithinAsync();
        }

        await using var next = await _file.CreateProcess().JoinAsync("a", default);

        Assert.Equal("1 v1", Show(await next.NextAsync()));
        Assert.Equal("3 v3", Show(await next.NextAsync()));
    }

    [Fact]
    public async Task FinishAhead_AtTheNumberOfALongerMark_LeavesThatAsItIs()
    {
        var a = await _file.CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync(4);
        using (var connection = _file.Connect())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await a.FinishInAsync(2, 3, transaction, default).WithinAsync();
            await transaction.CommitAsync();
        }

        a.FinishAhead(2);
        await a.SettleAsync(default).WithinAsync();

        Assert.True(await a.HasFinishedInAsync(2, 3, default).WithinAsync());
        await a.DisposeAsync();
        await using var next = await _file.CreateProcess().JoinAsync("a", default);
        Assert.Equal("1 v1", Show(await next.NextAsync()));
        Assert.Equal("4 v4", Show(await next.NextAsync()));
    }

    [Fact]
    public async Task FinishAhead_SessionHasBeenReplaced_IsRefusedAndTheSessionLost()
    {
        await using var a = await _file.CreateProcess().JoinAsync("a", default);
        await using var lead = await LeadAsync(3);
        _file.Execute("update streamx_consumers set active = -1");

        a.FinishAhead(2);

        Assert.IsType<TransportException>(await a.WhenLost.WithinAsync());
        Assert.Equal(0, Marks);
    }

    private long Marks => _file.Number("select count(*) from streamx_marks");

    private async Task<ILeadSession> LeadAsync(long last)
    {
        var lead = await _file.CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, last);
        return lead;
    }

    public void Dispose() => _file.Dispose();
}
