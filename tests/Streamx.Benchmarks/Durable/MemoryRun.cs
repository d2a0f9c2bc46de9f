using Streamx.Benchmarks.Broker;
using Streamx.Benchmarks.Compare;

namespace Streamx.Benchmarks.Durable;

/// <summary>How much memory a process has, and how large its file is, after each million of values.</summary>
internal static class MemoryRun
{
    private const int Million = 1_000_000;

    /// <summary>Measures it.</summary>
    /// <param name="millions">How many.</param>
    public static async Task<Goal> RunAsync(int millions)
    {
        using var file = new UsedFile();
        var setting = new Setting(IsFull: false, Consumers: 3, Window: 256);
        using var host = await DurableHost.StartAsync(file.Path, setting, stream =>
        {
            foreach (var name in setting.Names) stream.AddConsumer(name, (_, _) => default);
        });
        var writer = host.Writer();
        Console.WriteLine("millions\theap_kb\tworking_set_kb\tfile_kb");
        List<double> workingSets = [];
        for (var million = 1; million <= millions; million++)
        {
            var pipeline = new Pipeline(setting.Window);
            for (var i = 0; i < Million; i++) await pipeline.AddAsync(() => writer.PutAsync(new byte[DurableCommand.ValueBytes]).AsTask());
            await pipeline.EndAsync();
            await writer.FlushAsync();
            var heap = GC.GetTotalMemory(forceFullCollection: true);
            workingSets.Add(Environment.WorkingSet);
            Console.WriteLine($"{million}\t{heap / 1024}\t{Environment.WorkingSet / 1024}\t{file.Length / 1024}");
        }

        await host.StopAsync();
        return Goal.AtMost($"working set after {millions} million values, over that after the first", 1.2, workingSets[^1] / workingSets[0]);
    }
}
