using Streamx.Hosting;
#if (RabbitMq)
using Streamx.Hosting.RabbitMQ;
#endif
#if (Sqlite)
using Streamx.Hosting.Sqlite;
#endif
using StreamxWorker;

var builder = WebApplication.CreateBuilder(args);
builder.AddLogging();
builder.AddTelemetry();
builder.Services.AddProbes();
#if (InMemory)
builder.Services.AddWorker();
#endif
#if (RabbitMq)
builder.Services.AddWorker().UseRabbitMq();
#endif
#if (Sqlite)
builder.Services.AddWorker().UseSqlite();
#endif

var app = builder.Build();
app.MapProbes();
// For this machine, and for a forwarded port. With a proxy beside it, require authorization instead.
app.MapStreamxDashboard(configure: page => page.AllowLoopback = true);

// The exit code: 1 after a fault, 3 after an aborted drain. A wrong setting is 2, and one line that names it.
return await app.RunStreamxAsync();
