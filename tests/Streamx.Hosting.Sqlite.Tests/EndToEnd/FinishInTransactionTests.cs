using Microsoft.Data.Sqlite;

namespace Streamx.Hosting.Sqlite.Tests.EndToEnd;

/// <summary>Handlers that finish their values in transactions of the stream's own file.</summary>
public sealed class FinishInTransactionTests : IDisposable
{
    private readonly TestFile _file = new();
    private readonly FileEffects _effects;

    public FinishInTransactionTests() => _effects = new FileEffects(_file);

    [Fact]
    public async Task TakenOver_BeforeTheMark_TheTransactionCannotCommit()
    {
        var (held, begun) = (new Signal(), new Signal());
        Exception? thrown = null, commit = null;
        await using var first = await StartAsync("first", async (value, token) =>
        {
            begun.Set();
            await held.WaitAsync();
            using var transaction = _effects.Begin();
            _effects.Add(transaction, value);
            thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => StreamxDelivery.FinishCurrentInAsync(transaction, token));
            commit = await Record.ExceptionAsync(() => transaction.CommitAsync(token));
            throw new IOException("It was not finished.");
        });
        await using var producer = await PutAsync(1);
        await begun.WaitAsync().WithinAsync();

        _file.Execute("update streamx_consumers set active = null; delete from streamx_sessions where consumer is not null;");
        await using var second = await StartAsync("second", FinishAsync);
        await Until.TrueAsync(() => _effects.Values.Length == 1);
        held.Set();

        await Until.TrueAsync(() => thrown is not null && commit is not null);
        Assert.StartsWith("Another process has taken over consumer 'a' of stream 'numbers'.", thrown!.Message, StringComparison.Ordinal);
        await Until.TrueAsync(() => _file.Number("select position from streamx_consumers") == 1);
        Assert.Equal([1], _effects.Values);
        // Its session is lost: the failure is no failure of the value.
        Assert.Equal((0, StreamState.Open), (Assert.Single(first.Status.Consumers).Faults, first.Status.Stream.State));
    }

    [Fact]
    public async Task TakenOver_BetweenMarkAndCommit_WaitsForTheCommitAndIsNotGivenTheValue()
    {
        var (held, marked) = (new Signal(), new Signal());
        var second = new Taken();
        var first = await StartAsync("first", async (value, token) =>
        {
            using var transaction = _effects.Begin();
            _effects.Add(transaction, value);
            await StreamxDelivery.FinishCurrentInAsync(transaction, token);
            marked.Set();
            await held.WaitAsync();
            await transaction.CommitAsync(token);
            // Nothing is reported by this process any more.
            await new TaskCompletionSource().Task.WaitAsync(token);
        });
        await using var producer = await PutAsync(1, 2);
        await marked.WaitAsync().WithinAsync();
        held.Set();
        await Until.TrueAsync(() => _effects.Values.Length == 1);
        Assert.Equal(0, _file.Number("select position from streamx_consumers"));

        _file.Execute("update streamx_consumers set active = null; delete from streamx_sessions where consumer is not null;");
        await using var next = await StartAsync("second", async (value, token) =>
        {
            await second.Add(value);
            await FinishAsync(value, token);
        });
        await second.UntilAsync(2);

        Assert.Equal([2], second.Values);
        await Until.TrueAsync(() => _effects.Values.Length == 2);
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Put_IntoAStreamOfTheSameFile_ThrowsInsteadOfWaitingForItself()
    {
        using var elsewhere = new TestFile();
        var (taken, refused) = (new Taken(), (Exception?)null);
        IServiceProvider? services = null;
        await using var pod = Pod.Build(_file, "numbers", stream =>
        {
            stream.Services.AddStreamx<int>("same").UseSqlite(_file.Path).AddConsumer("b", (value, _) => taken.Add(value));
            stream.Services.AddStreamx<int>("other").UseSqlite(elsewhere.Path).AddConsumer("c", (value, _) => taken.Add(value));
            stream.AddConsumer("a", async (value, token) =>
            {
                IStreamWriter<int> Writer(string name) => services!.GetRequiredKeyedService<IStreamWriter<int>>(name);
                using (var transaction = _effects.Begin())
                {
                    _effects.Add(transaction, value);
                    await StreamxDelivery.FinishCurrentInAsync(transaction, token);
                    refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Writer("same").PutAsync(10, token).AsTask());
                    await Writer("other").PutAsync(11, token);
                    await transaction.CommitAsync(token);
                }

                await Writer("same").PutAsync(12, token);
            });
        });
        services = pod.Services;
        await pod.StartAsync();
        await using var producer = await PutAsync(1);

        await Task.WhenAll(taken.UntilAsync(11), taken.UntilAsync(12));

        Assert.StartsWith("A put into stream 'same' would wait for ever", refused!.Message, StringComparison.Ordinal);
        Assert.Equal([1], _effects.Values);
    }

    [Fact]
    public async Task Transaction_OfAnotherFile_IsRefusedAlsoIfTheStreamsIsAttached()
    {
        using var elsewhere = new TestFile();
        List<string> messages = [];
        await using var pod = await StartAsync("first", async (value, token) =>
        {
            await using (var other = elsewhere.Connect())
            {
                await using (var attach = other.CreateCommand())
                {
                    attach.CommandText = $"attach '{_file.Path}' as streams";
                    await attach.ExecuteNonQueryAsync(token);
                }

                await using var transaction = await other.BeginTransactionAsync(token);
                messages.Add((await Assert.ThrowsAsync<InvalidOperationException>(() => StreamxDelivery.FinishCurrentInAsync(transaction, token))).Message);
            }

            await using (var memory = new SqliteConnection("Data Source=:memory:"))
            {
                await memory.OpenAsync(token);
                await using var transaction = await memory.BeginTransactionAsync(token);
                messages.Add((await Assert.ThrowsAsync<InvalidOperationException>(() => StreamxDelivery.FinishCurrentInAsync(transaction, token))).Message);
            }

            await FinishAsync(value, token);
        });
        await using var producer = await PutAsync(1);

        await Until.TrueAsync(() => _effects.Values.Length == 1);

        Assert.Equal(2, messages.Count);
        Assert.All(messages, message => Assert.StartsWith("The transaction is of another file", message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Transaction_ThatSqliteHasEnded_IsOver()
    {
        string? message = null;
        await using var pod = await StartAsync("first", async (value, token) =>
        {
            using (var transaction = (SqliteTransaction)_effects.Begin())
            {
                await using var rollback = transaction.Connection!.CreateCommand();
                (rollback.Transaction, rollback.CommandText) = (transaction, "rollback");
                await rollback.ExecuteNonQueryAsync(token);
                message = (await Assert.ThrowsAsync<InvalidOperationException>(() => StreamxDelivery.FinishCurrentInAsync(transaction, token))).Message;
            }

            await FinishAsync(value, token);
        });
        await using var producer = await PutAsync(1);

        await Until.TrueAsync(() => _effects.Values.Length == 1);

        Assert.Equal("The transaction is over.", message);
    }

    [Fact]
    public async Task Marks_OfFinishedValues_AreTakenInByThePosition()
    {
        await _file.CreateProcess().RegisterAsync(["a"], default);
        await using (var pod = await StartAsync("first", FinishAsync))
        {
            await using var producer = await PutAsync([.. Enumerable.Range(1, 20)]);
            await Until.TrueAsync(() => _file.Number("select position from streamx_consumers") == 20);
        }

        Assert.Equal(Enumerable.Range(1, 20), _effects.Values);
        Assert.Equal(0, _file.Number("select count(*) from streamx_marks"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Marks_OfAConsumerThatIsRetiredOrMoved_AreRemoved(bool isRetired)
    {
        await using (var a = await _file.CreateProcess().JoinAsync("a", default))
        {
            await using var lead = await _file.CreateProcess().LeadAsync([], default).WithinAsync();
            await lead.BeginAsync(1).WithinAsync();
            await lead.AppendAsync(1, 3);
            using var transaction = _effects.Begin();
            await a.FinishInAsync(2, 3, transaction, default);
            await transaction.CommitAsync();
        }

        Assert.Equal(1, _file.Number("select count(*) from streamx_marks"));
        if (isRetired) await _file.CreateProcess().RetireAsync("a", default).WithinAsync();
        else await using (var moved = await _file.CreateProcess().JoinAsync("a", 1, default)) Assert.Equal(2, (await moved.NextAsync()).Sequence);

        Assert.Equal(0, _file.Number("select count(*) from streamx_marks"));
    }

    public void Dispose()
    {
        _effects.Dispose();
        _file.Dispose();
    }

    private async ValueTask FinishAsync(int value, CancellationToken token)
    {
        using var transaction = _effects.Begin();
        _effects.Add(transaction, value);
        await StreamxDelivery.FinishCurrentInAsync(transaction, token);
        await transaction.CommitAsync(token);
    }

    /// <summary>Starts a process with the consumer.</summary>
    private Task<Pod> StartAsync(string instance, Func<int, CancellationToken, ValueTask> consume) => Pod.StartAsync(
        _file, "numbers", stream => stream.AddConsumer("a", consume), o => o.DrainTimeout = TimeSpan.Zero, ("Streamx:numbers:Sqlite:InstanceId", instance));

    /// <summary>Starts a process that puts values.</summary>
    private Task<Pod> PutAsync(params int[] values) => Pod.StartAsync(
        _file,
        "numbers",
        stream => stream.AddProducer("feed", async (puts, token) =>
        {
            foreach (var value in values) await puts.PutAsync(value, token);
            await new TaskCompletionSource().Task.WaitAsync(token);
        }),
        o => o.Window = 4);
}
