using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Streamx.Hosting;
using WorkerDemo;
using WorkerDemo.Troubled;

// The sample's settings, telemetry and journal, with a producer that fails and is restarted and a consumer whose values are tried again and skipped.
var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
builder.Configuration.AddInMemoryCollection(CommandLine.Parse(args));
builder.AddSettings();
builder.AddTelemetry();
builder.AddEndpoints();
builder.Services.AddStreamx<HostEvent>("events")
    .AddDeadLetterHandler<Forgotten>()
    .AddProducer<FailingProducer>("LineReader", producer =>
    {
        producer.OnFailure = ProducerFailure.Restart;
        (producer.Restart.Delay, producer.Restart.MaxDelay) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100));
    })
    .AddBatchConsumer<Journal>(consumer => consumer.ScopePerValue = false)
    .AddConsumer(
        "Alerts",
        (value, _) => value.Sequence % 20 == 0 ? throw new InvalidOperationException("Every twentieth value fails.") : ValueTask.CompletedTask,
        consumer =>
        {
            consumer.OnFailure = ConsumerFailure.Skip;
            (consumer.Retry.MaxAttempts, consumer.Retry.Delay) = (1, TimeSpan.FromMilliseconds(10));
        })
    .AddStreamConsumer<Summary>();
await using var app = builder.Build();
await app.RunAsync();
