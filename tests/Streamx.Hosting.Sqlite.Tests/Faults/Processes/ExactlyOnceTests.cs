using System.Globalization;

namespace Streamx.Hosting.Sqlite.Tests.Faults.Processes;

/// <summary>Real processes that are killed: what a producer resumes and handlers finish in their transactions has its effect once.</summary>
public sealed class ExactlyOnceTests : IDisposable
{
    private readonly TestFile _file = new();

    /// <summary>How often a process is killed; <c>STREAMX_KILLS</c> says more.</summary>
    private static readonly int s_kills =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMX_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 3;

    public ExactlyOnceTests() => _file.Execute("create table effects (id integer primary key, consumer text not null, value integer not null)");

    [Fact]
    public async Task Killed_BetweenTheCommitAndTheReport_EachValueHasItsEffectOnce()
    {
        const int Distance = 7;
        var last = Distance * s_kills;
        for (var run = 1; run <= s_kills; run++)
        {
            using var worker = Start("worker", last, "--effects", "a", "--crash-at", $"{Distance}");
            await worker.EndsAsync();
            Assert.Equal(run * Distance, Count("a"));
        }

        AssertOnce("a", last);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Killed_AtRandom_EachValueIsReadOnceAndHasItsEffectOnce(int window)
    {
        var random = new Random(window);
        string[] consumers = ["a", "slots", "batches"];
        var last = 150 + (50 * s_kills);
        string[] arguments =
        [
            "--effects", "a,slots", "--batches", "true", $"--Streamx:faults:Window={window}",
            $"--Streamx:faults:Consumers:slots:Concurrency={Math.Min(3, window)}", "--Streamx:faults:Consumers:batches:MaxBatchSize=4",
        ];
        for (var run = 1; run <= s_kills; run++)
        {
            using var worker = Start("worker", last, arguments);
            var until = Math.Min(last, Count("a") + random.Next(1, 2 * last / (s_kills + 1)));
            await worker.UntilAsync(() => Count("a") >= until);
            await worker.KillAsync();
        }

        using var final = Start("worker", last, arguments);
        await final.UntilAsync(() => consumers.All(consumer => Count(consumer) >= last));
        Assert.Equal(0, await final.TerminateAsync());

        AssertOnce("a", last);
        AssertOnce("batches", last);
        AssertOnce("slots", last, isOrdered: window == 1);
        Assert.Equal(0, _file.Number("select count(*) from streamx_marks"));
    }

    [Fact]
    [Trait("Length", "long")]
    public async Task Stopped_PastItsLease_BeforeTheMark_AnotherProcessHasTheEffect()
    {
        using var first = Start("first", 200, "--effects", "a");
        await first.UntilAsync(() => Count("a") >= 20);
        using var second = Start("second", 200, "--effects", "a");
        await Until.TrueAsync(() => second.Output.Contains("stands by", StringComparison.Ordinal));

        for (var stop = 0; stop < s_kills && Count("a") < 150; stop++)
        {
            var goal = Math.Min(200, Count("a") + 20);
            // In a transaction it would hold the lock of the file: no other process could take over.
            await first.StopAsync(inTransaction: false);
            await second.UntilAsync(() => Count("a") >= goal);
            await first.SignalAsync("-CONT");
        }

        await Until.TrueAsync(() => Count("a") >= 200);
        Assert.Equal((0, 0), (await first.TerminateAsync(), await second.TerminateAsync()));
        AssertOnce("a", 200);
    }

    private long Count(string consumer) => _file.Number($"select count(*) from effects where consumer = '{consumer}'");

    private void AssertOnce(string consumer, int last, bool isOrdered = true)
    {
        using var connection = _file.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = $"select value from effects where consumer = '{consumer}' order by {(isOrdered ? "id" : "value")}";
        using var rows = command.ExecuteReader();
        List<int> values = [];
        while (rows.Read()) values.Add(rows.GetInt32(0));
        Assert.Equal(Enumerable.Range(1, last), values);
    }

    private WorkerProcess Start(string name, int last, params string[] arguments) =>
        WorkerProcess.Start(_file, name, ["--Streamx:faults:Window=4", "--source", $"{last}", .. arguments]);

    public void Dispose() => _file.Dispose();
}
