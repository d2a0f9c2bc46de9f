using static Streamx.TestUtilities.Transports.Deliveries;

namespace Streamx.Hosting.Sqlite.Tests.Faults;

/// <summary>The file is replaced by, or overwritten with, an older copy of itself: it has lost what was put since.</summary>
public sealed class OlderFileTests : IDisposable
{
    private readonly TestFile _file = new();

    private string Copy => Path.Combine(_file.Folder, "copy.db");

    [Fact]
    public async Task Lead_OlderCopyInItsPlace_NumbersGoOnUnderAnotherIdForAProcessThatHadOnlyJoined()
    {
        var leading = _file.CreateProcess();
        var (reading, next) = (_file.CreateProcess(), _file.CreateProcess());
        List<string> forgotten = [];
        (reading.OnForgotten, next.OnForgotten) = (() => forgotten.Add("reading"), () => forgotten.Add("next"));
        var a = await reading.JoinAsync("a", default);
        var b = await next.JoinAsync("b", default);
        var lead = await leading.LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 3);
        await a.TakeAsync(3);
        await a.SettleAsync(default).WithinAsync();
        BackUp();
        await lead.AppendAsync(4, 6);
        await a.TakeAsync(6);
        await a.SettleAsync(default).WithinAsync();
        await b.TakeAsync(6);

        Replace();
        await Task.WhenAll(lead.WhenLost, a.WhenLost, b.WhenLost).WithinAsync();
        await a.DisposeAsync();
        await b.DisposeAsync();
        await lead.DisposeAsync();
        await using var second = await next.LeadAsync([], default).WithinAsync();
        await using var again = await reading.JoinAsync("a", default);
        await second.BeginAsync(second.HighestReceived + 1).WithinAsync();
        await second.AppendAsync(7, 7);

        Assert.NotEqual(lead.StreamId, second.StreamId);
        Assert.True(second.Epoch > lead.Epoch);
        Assert.Equal(6, second.HighestReceived);
        var delivery = await again.NextAsync();
        Assert.Equal(("7 v7", second.StreamId), (Show(delivery), delivery.StreamId));
        Assert.Equal(["next", "reading"], forgotten);
    }

    [Fact]
    public async Task Join_AnotherProcessHasLedInAnOlderCopy_ItBeginsAgainUnderAnotherId()
    {
        var (reading, fresh) = (_file.CreateProcess(), _file.CreateProcess());
        var a = await reading.JoinAsync("a", default);
        var lead = await _file.CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 1);
        BackUp();
        await lead.AppendAsync(2, 3);
        await a.TakeAsync(3);
        Replace();
        await Task.WhenAll(lead.WhenLost, a.WhenLost).WithinAsync();
        await a.DisposeAsync();
        await lead.DisposeAsync();
        await using var second = await fresh.LeadAsync([], default).WithinAsync();
        await second.BeginAsync(2).WithinAsync();
        await second.AppendAsync(2, 5);

        await using var again = await reading.JoinAsync("a", default);
        await second.WhenLost.WithinAsync();
        await using var third = await fresh.LeadAsync([], default).WithinAsync();

        var redelivered = await again.NextAsync();
        Assert.Equal(("1 v1", true), (Show(redelivered), redelivered.IsRedelivered));
        Assert.Equal(third.StreamId, redelivered.StreamId);
        Assert.NotEqual(second.StreamId, third.StreamId);
        Assert.Equal(["2 v2", "3 v3", "4 v4", "5 v5"], await again.TakeAsync(5));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Append_OverwrittenWithAnOlderCopy_FailsAndNoNumberIsGivenAgain(bool isReadFirst)
    {
        var process = _file.CreateProcess();
        var timesForgotten = 0;
        process.OnForgotten = () => timesForgotten++;
        await using var a = await _file.CreateProcess().JoinAsync("a", default);
        var lead = await process.LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 2);
        BackUp();
        await lead.AppendAsync(3, 4);
        await a.TakeAsync(4);
        await a.SettleAsync(default).WithinAsync();

        Restore();
        if (isReadFirst) await Task.WhenAll(lead.WhenLost, a.WhenLost).WithinAsync();
        await Assert.ThrowsAsync<TransportException>(() => lead.AppendAsync(Value(5)).WithinAsync());
        await lead.DisposeAsync();
        await using var next = await process.LeadAsync([], default).WithinAsync();

        Assert.NotEqual(lead.StreamId, next.StreamId);
        Assert.True(next.Epoch > lead.Epoch);
        Assert.Equal((4L, 1), (next.HighestReceived, timesForgotten));
        Assert.InRange(_file.Number("select position from streamx_consumers"), 0, 4);
    }

    [Fact]
    public async Task Append_NumberThatDoesNotFollow_IsRefused()
    {
        await _file.CreateProcess().RegisterAsync(["a"], default);
        await using var lead = await _file.CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        await lead.AppendAsync(1, 1);

        await Assert.ThrowsAsync<TransportException>(() => lead.AppendAsync([Value(2), Value(4)]).WithinAsync());

        Assert.Equal(1, _file.Number("select max(sequence) from streamx_values"));
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Copies the file as it is now.</summary>
    private void BackUp() => _file.Execute($"vacuum into '{Copy}'");

    /// <summary>Puts the copy in the place of the file, as an operator does with <c>mv</c>.</summary>
    private void Replace()
    {
        File.Move(Copy, _file.Path, overwrite: true);
        File.Delete(_file.Path + "-wal");
        File.Delete(_file.Path + "-shm");
    }

    /// <summary>Writes the copy into the file, as <c>.restore</c> does.</summary>
    private void Restore()
    {
        using var copy = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Copy};Pooling=False");
        copy.Open();
        using var file = _file.Connect();
        copy.BackupDatabase(file);
    }
}
