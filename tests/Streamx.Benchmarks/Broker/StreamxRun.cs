using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Benchmarks.Compare;
using Streamx.Hosting;
using Streamx.Hosting.RabbitMQ;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Benchmarks.Broker;

/// <summary>A stream over the broker: a host that puts, and one for each consumer, each with connections of its own.</summary>
internal static class StreamxRun
{
    private const string Prefix = "benchmark";

    /// <summary>How long it runs before it is timed: a leader first listens for four seconds whether values may go together.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(5);

    public static async Task<StreamxResult> RunAsync(BrokerCluster cluster, int consumers, int window)
    {
        var name = $"s{Guid.NewGuid():N}";
        string[] names = [.. Enumerable.Range(1, consumers).Select(i => $"consumer-{i}")];
        var logs = names.Select(_ => new ArrivalLog()).ToArray();
        List<IHost> hosts = [];
        try
        {
            for (var i = 0; i < consumers; i++)
            {
                var log = logs[i];
                hosts.Add(await StartAsync(cluster, i + 1, name, window, names, stream => stream.AddConsumer(names[i], log.ConsumeAsync)));
            }

            hosts.Add(await StartAsync(cluster, 0, name, window, names, _ => { }));
            var result = await MeasureAsync(hosts[^1].Services.GetRequiredKeyedService<IStreamWriter<byte[]>>(name), window, logs);
            foreach (var host in Enumerable.Reverse(hosts)) await host.StopAsync();
            return result;
        }
        finally
        {
            foreach (var host in hosts) host.Dispose();
            await Leftovers.DeleteStreamAsync(cluster.Nodes[0].Uri, $"{Prefix}.{name}", names);
        }
    }

    private static async Task<StreamxResult> MeasureAsync(IStreamWriter<byte[]> writer, int window, ArrivalLog[] logs)
    {
        await new Pipeline(window).RunAsync(s_warmUp, () => writer.PutAsync(ArrivalLog.NewValue()).AsTask());
        await writer.FlushAsync();
        foreach (var log in logs) log.Clear();

        var clock = Stopwatch.StartNew();
        var put = await new Pipeline(window).RunAsync(BrokerCommand.RunTime, () => writer.PutAsync(ArrivalLog.NewValue()).AsTask());
        await writer.FlushAsync();
        var elapsed = clock.Elapsed.TotalSeconds;
        foreach (var log in logs) log.CheckCount(put);
        var delay = Median.Of(logs.SelectMany(log => log.Milliseconds));
        var loop = await TimeAsync(writer, values: 1, () => writer.PutAsync(ArrivalLog.NewValue()));
        var many = await TimeAsync(writer, window, () => writer.PutManyAsync(Enumerable.Range(0, window).Select(_ => ArrivalLog.NewValue()).ToArray()));
        return new StreamxResult(put / elapsed, delay, loop, many);
    }

    /// <summary>Values a second of a loop that awaits each of its calls.</summary>
    private static async Task<double> TimeAsync(IStreamWriter<byte[]> writer, int values, Func<ValueTask> put)
    {
        var clock = Stopwatch.StartNew();
        var count = await new Pipeline(1).RunAsync(BrokerCommand.RunTime / 2, () => put().AsTask());
        await writer.FlushAsync();
        return count * values / clock.Elapsed.TotalSeconds;
    }

    private static async Task<IHost> StartAsync(BrokerCluster cluster, int number, string name, int window, string[] names, Action<IStreamxBuilder<byte[]>> add)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<IStreamSerializer<byte[]>>(new BytesSerializer());
        add(builder.Services.AddStreamx<byte[]>(name, options => options.Window = window).UseRabbitMq(options =>
        {
            options.Uri = cluster.Nodes[number % cluster.Nodes.Count].Uri;
            options.Prefix = Prefix;
            foreach (var consumer in names) options.Consumers.Add(consumer);
        }));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }
}
