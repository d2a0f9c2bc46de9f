using Streamx.Hosting;
using StreamxWorker;

var builder = WebApplication.CreateBuilder(args);
builder.AddLogging();
builder.AddTelemetry();
builder.Services.AddProbes();
builder.Services.AddWorker();

var app = builder.Build();
app.MapProbes();
// For this machine, and for a forwarded port. With a proxy beside it, require authorization instead.
app.MapStreamxDashboard(configure: page => page.AllowLoopback = true);

// The exit code: 1 after a fault, 3 after an aborted drain. A wrong setting is 2, and one line that names it.
return await app.RunStreamxAsync();
