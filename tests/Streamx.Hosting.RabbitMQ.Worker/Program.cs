// A producer or a consumer of the stream "faults", for tests that kill it. What it does stands in a log, line by line, before it goes on.
//   --role producer           puts numbers from --first on, as many at a time as the window allows; with --oversized true, some that are too large
//   --role consumer:<name>    handles each value for --handle (a time span)
//   --parent <process id>     ends when that process has, however it did
//   --log <file>              the log, of which WorkLog says what is in it
// Everything else is configuration of the stream: --Streamx:faults:Window=16, --Streamx:faults:RabbitMq:Uri=…
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Streamx.Hosting;
using Streamx.Hosting.RabbitMQ;
using Streamx.Hosting.RabbitMQ.Worker;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.ClearProviders().AddSimpleConsole(console =>
{
    console.SingleLine = true;
    console.TimestampFormat = "HH:mm:ss.fff ";
});
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
using var log = new WorkLog(Setting("log"), TimeProvider.System);
var stream = builder.Services.AddStreamx<long>("faults").UseRabbitMq(NumberJson.Default.Int64);
var role = Setting("role");
if (role == "producer")
{
    var putsOversized = builder.Configuration.GetValue<bool>("oversized");
    if (putsOversized) builder.Services.AddSingleton<IStreamSerializer<long>>(new PaddedNumbers());
    stream.AddProducer("feed", new Feed(log, builder.Configuration.GetValue<long>("first"), builder.Configuration.GetValue("Streamx:faults:Window", 1), putsOversized).RunAsync);
}
else
{
    var handle = builder.Configuration.GetValue<TimeSpan>("handle");
    stream.AddConsumer(role["consumer:".Length..], async (value, token) =>
    {
        log.Begin(value, StreamxDelivery.Current!);
        await Task.Delay(handle, TimeProvider.System, token);
        log.End(value);
    });
}

builder.Services.AddHostedService(services => new Readiness(services.GetRequiredService<IStreamxControl>(), role == "producer", log));
builder.Services.AddHostedService(_ => new Parent(builder.Configuration.GetValue<int>("parent")));
await builder.Build().RunAsync();

string Setting(string name) => builder.Configuration[name] ?? throw new InvalidOperationException($"--{name} is missing.");
