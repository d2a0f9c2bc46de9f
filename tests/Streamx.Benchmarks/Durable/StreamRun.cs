using System.Diagnostics;
using Streamx.Benchmarks.Broker;
using Streamx.Benchmarks.Compare;

namespace Streamx.Benchmarks.Durable;

/// <summary>A stream in a file: everything in this process, or each consumer in a process of its own.</summary>
internal static class StreamRun
{
    /// <summary>Runs it with everything in this process.</summary>
    public static async Task<StreamResult> RunAsync(Setting setting)
    {
        using var file = new UsedFile();
        var logs = setting.Names.Select(_ => new Arrivals()).ToArray();
        using var sizes = new CommitSizes();
        using var host = await DurableHost.StartAsync(file.Path, setting, stream =>
        {
            for (var i = 0; i < logs.Length; i++) stream.AddConsumer(setting.Names[i], logs[i].ConsumeAsync);
        });
        var (put, perSecond) = await MeasureAsync(host.Writer(), setting.Window, sizes);
        await host.StopAsync();
        foreach (var log in logs) Check(log.Count, put);
        return new StreamResult(perSecond, Median.Of(logs.SelectMany(log => log.Milliseconds)), sizes.Mean);
    }

    /// <summary>Runs it with each consumer in a process of its own.</summary>
    public static async Task<StreamResult> RunApartAsync(Setting setting)
    {
        using var file = new UsedFile();
        using var sizes = new CommitSizes();
        using var host = await DurableHost.StartAsync(file.Path, setting, _ => { });
        var processes = setting.Names.Select(name => ConsumerProcess.Start(file.Path, setting, name)).ToArray();
        try
        {
            var (put, perSecond) = await MeasureAsync(host.Writer(), setting.Window, sizes);
            var results = await Task.WhenAll(processes.Select(process => process.StopAsync()));
            await host.StopAsync();
            foreach (var (count, _) in results) Check(count, put);
            return new StreamResult(perSecond, Median.Of(results.Select(result => result.Median)), sizes.Mean);
        }
        finally
        {
            foreach (var process in processes) process.Dispose();
        }
    }

    private static async Task<(int Put, double PerSecond)> MeasureAsync(IStreamWriter<byte[]> writer, int window, CommitSizes sizes)
    {
        // Waits for every process to be there.
        await writer.PutAsync(Arrivals.NewValue(isMeasured: false));
        await writer.FlushAsync();
        await new Pipeline(window).RunAsync(DurableCommand.WarmUp, () => writer.PutAsync(Arrivals.NewValue(isMeasured: false)).AsTask());
        await writer.FlushAsync();
        sizes.Clear();
        var clock = Stopwatch.StartNew();
        var put = await new Pipeline(window).RunAsync(DurableCommand.RunTime, () => writer.PutAsync(Arrivals.NewValue(isMeasured: true)).AsTask());
        await writer.FlushAsync();
        return (put, put / clock.Elapsed.TotalSeconds);
    }

    private static void Check(int count, int put)
    {
        if (count != put) throw new InvalidOperationException($"A consumer had {count} of {put} values.");
    }
}
