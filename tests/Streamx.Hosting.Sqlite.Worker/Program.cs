// A process of the stream "faults", for tests that kill it. What it does stands in a log, line by line, before it goes on.
//   --produce <number>   puts numbers from that one on, one after another
//   --source <number>    puts numbers from 1 to that one, and goes on where the last process that did has stopped
//   --effects <names>    handles values under these names, each in a transaction that has its row in the table effects
//   --batches true       handles batches like that
//   --crash-at <number>  kills itself after the commit of each multiple of that number
//   --consume <names>    handles values under these names, separated by commas
//   --ahead <numbers>    joins as "a", finishes those values ahead of the others, and hangs
//   --log <file>         the log, of which WorkLog says what is in it
//   --stamps true        has each line of the log say when it was written
//   --parent <id>        ends when that process has
// Everything else is configuration of the stream: --Streamx:faults:Window=16, --Streamx:faults:Sqlite:Path=…
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Streamx.Hosting;
using Streamx.Hosting.Sqlite;
using Streamx.Hosting.Sqlite.Worker;

var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { Args = args });
builder.Configuration.AddCommandLine(args);
builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
using var log = new WorkLog(builder.Configuration["log"]!, builder.Configuration.GetValue<bool>("stamps"));
using var parent = Process.GetProcessById(builder.Configuration.GetValue<int>("parent"));
parent.EnableRaisingEvents = true;
parent.Exited += (_, _) => Environment.Exit(1);
if (builder.Configuration["ahead"] is { } ahead)
{
    await Ahead.RunAsync(builder.Configuration["Streamx:faults:Sqlite:Path"]!, ahead, log);
    return;
}

var stream = builder.Services.AddStreamx<long>("faults").UseSqlite(NumberJson.Default.Int64);
if (builder.Configuration.GetValue<long?>("produce") is { } first)
{
    stream.AddProducer("feed", async (puts, token) =>
    {
        for (var value = first; ; value++)
        {
            await puts.PutAsync(value, token);
            log.Put(value);
        }
    });
}

if (builder.Configuration.GetValue<long?>("source") is { } last)
{
    stream.AddProducer("source", async (puts, token) =>
    {
        var resumable = puts.AsResumable();
        for (var value = long.Parse(resumable.Bookmark ?? "0", CultureInfo.InvariantCulture) + 1; value <= last; value++)
        {
            await resumable.PutAsync(value, $"{value}", token);
            log.Put(value);
        }

        // The stream stays open.
        await new TaskCompletionSource().Task.WaitAsync(token);
    });
}

var effects = new Effects(builder.Configuration["Streamx:faults:Sqlite:Path"]!, builder.Configuration.GetValue<long>("crash-at"));
builder.Services.AddSingleton(effects);
if (builder.Configuration.GetValue<bool>("batches")) stream.AddBatchConsumer<EffectBatches>(EffectBatches.Name);
foreach (var name in (builder.Configuration["effects"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
    stream.AddConsumer(name, (value, token) => effects.AddAsync(name, [value], token));

foreach (var name in (builder.Configuration["consume"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
{
    stream.AddConsumer(name, (value, _) =>
    {
        log.Begin(name, value, StreamxDelivery.Current!);
        log.End(name, value);
        return default;
    });
}

await builder.Build().RunAsync();
