using StreamxWorker;

// Disposed last: the end of the drain is exported, too.
using var telemetry = Telemetry.Start();

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddProbes();
builder.Services.AddWorker();

await using var app = builder.Build();
app.MapProbes();
await app.RunAsync();

// No value is returned: the framework sets the exit code, 1 after a fault and 3 after an aborted drain.
