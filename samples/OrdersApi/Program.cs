using OpenTelemetry;
using OrdersApi;
using Streamx.Hosting;

var builder = WebApplication.CreateBuilder(args);

// Before the streams: hosted services start in order, and listeners of metrics and traces go first.
var telemetry = builder.Services.AddOpenTelemetry()
    .WithMetrics(metrics => metrics.AddStreamxInstrumentation())
    .WithTracing(traces => traces.AddStreamxInstrumentation());
if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 }) telemetry.UseOtlpExporter();
builder.Services.AddHealthChecks().AddStreamx();

builder.Services.AddStreamx<Order>("orders", stream => stream.Window = 16)
    .AddProcessor<Invoice, Invoicing>();
builder.Services.AddStreamx<Invoice>("invoices", stream => stream.Window = 128)
    .AddBatchConsumer<InvoiceArchive>(consumer =>
    {
        consumer.ScopePerValue = false;     // one instance for the run
        consumer.MaxBatchSize = 64;         // half the window: while a batch is written, the other half has room
        consumer.Retry.MaxAttempts = 3;     // a database may be busy for a moment
    })
    .AddConsumer<Mailer>();

var app = builder.Build();
app.MapOrders();
app.MapProbes();
app.MapStreamxDashboard(configure: page => page.AllowLoopback = true);
return await app.RunStreamxAsync();
