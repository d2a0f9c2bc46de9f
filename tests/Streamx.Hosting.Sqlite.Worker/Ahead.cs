using System.Globalization;
using Streamx.Hosting.Sql;
using Streamx.Hosting.Sql.Storage;
using Streamx.Hosting.Sqlite.Storage;

namespace Streamx.Hosting.Sqlite.Worker;

/// <summary>Finishes values ahead of those before them, and then hangs: no worker of a stream does so.</summary>
internal static class Ahead
{
    /// <summary>Runs until the process is killed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sequences">The numbers, separated by commas.</param>
    /// <param name="log">Has a line for each number that is stored as finished.</param>
    internal static async Task RunAsync(string path, string sequences, WorkLog log)
    {
        SqliteStreamOptions options = new() { Path = path, Synchronous = SqliteSynchronous.Normal };
        await using SqlStores files = new(TimeProvider.System);
        var transport = new SqlTransport("faults", files, StoreSettings.Of(options, Environment.CurrentDirectory), options, TimeProvider.System);
        await using var session = await transport.JoinAsync("a", default);
        await session.Deliveries.ReadAsync();
        long[] ahead = [.. sequences.Split(',').Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        foreach (var sequence in ahead) session.FinishAhead(sequence);
        await session.SettleAsync(default);
        foreach (var sequence in ahead) log.End("a", sequence);
        await session.WhenLost;
    }
}
