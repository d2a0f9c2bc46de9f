using Streamx.Hosting;
using StreamxWorker;

var builder = WebApplication.CreateBuilder(args);
builder.AddLogging();
builder.AddTelemetry();
builder.Services.AddProbes();
builder.Services.AddWorker();

await using var app = builder.Build();
app.MapProbes();
// For this machine, and for a forwarded port. With a proxy beside it, require authorization instead.
app.MapStreamxDashboard(configure: page => page.AllowLoopback = true);
await app.RunAsync();

// No value is returned: the framework sets the exit code, 1 after a fault and 3 after an aborted drain.
