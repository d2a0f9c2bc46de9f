// A web application that puts numbers into the stream "orders", for tests that send it SIGTERM under load.
//   --parent <process id>   ends when that process has, whatever ended it
//   --handled <file>        where the consumer writes each number that it has handled, one a line
//   --feed <file>           has a background service put numbers as well, which writes there how its puts ended
// Everything else is the host's configuration: --urls=http://127.0.0.1:0
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Streamx;
using Streamx.Hosting;
using Streamx.Hosting.WebWorker;

var builder = WebApplication.CreateSlimBuilder(args);
await using var handled = new StreamWriter(builder.Configuration["handled"] ?? throw new InvalidOperationException("--handled is missing.")) { AutoFlush = true };
builder.Services.AddHealthChecks().AddStreamx();
builder.Services.AddHostedService(_ => new Parent(builder.Configuration.GetValue<int>("parent")));
builder.Services.AddStreamx<long>("orders", stream => stream.Window = 16).AddConsumer("ledger", async (number, abort) =>
{
    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, abort);
    await handled.WriteLineAsync($"{number}".AsMemory(), abort);
});
if (builder.Configuration["feed"] is { } feed)
    builder.Services.AddHostedService(services => new Feed(services.GetRequiredService<IStreamWriter<long>>(), feed));

var app = builder.Build();
app.MapHealthChecks("/healthz/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
app.MapPost("/orders/{number:long}", async (long number, IStreamWriter<long> orders, CancellationToken aborted) =>
{
    try
    {
        return await orders.TryPutAsync(number, TimeSpan.FromSeconds(2), aborted) ? Results.Accepted() : Results.StatusCode(503);
    }
    catch (StreamClosedException)
    {
        return Results.StatusCode(503);
    }
});
await app.RunAsync();
