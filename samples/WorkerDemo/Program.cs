using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Streamx.Hosting;
using Streamx.Hosting.RabbitMQ;
using Streamx.Hosting.Sqlite;
using WorkerDemo;

try
{
    if (CommandLine.Parse(args) is not { } arguments) return;

    // appsettings.json stands beside the program; the input and the database are relative to the current folder.
    var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
    builder.Configuration.AddInMemoryCollection(arguments);
    var options = builder.AddSettings();
    builder.AddTelemetry();
    builder.AddEndpoints();

    var events = builder.Services.AddStreamx<HostEvent>("events", stream => stream.StopHostWhenCompleted = true);
    if (options.RabbitMq is { } broker)
    {
        events.UseRabbitMq(HostEventJson.Default.HostEvent, rabbit =>
        {
            rabbit.Uri = new Uri(broker);
            foreach (var consumer in DemoOptions.Consumers) rabbit.Consumers.Add(consumer);
        });
    }

    if (options.Durable is { } file)
    {
        events.UseSqlite(HostEventJson.Default.HostEvent, sqlite =>
        {
            sqlite.Path = Path.GetFullPath(file);
            foreach (var consumer in DemoOptions.Consumers) sqlite.Consumers.Add(consumer);
        });
    }

    if (options.Produces && options.Input is null) events.AddProducer<ProcessWatcher>();
    if (options.Produces && options.Input is not null) events.AddProducer<LineReader>();
    if (options.Consumes(nameof(Journal))) events.AddBatchConsumer<Journal>(consumer => consumer.ScopePerValue = false);
    if (options.Consumes(nameof(Alerts)))
    {
        events.AddConsumer<Alerts>(consumer =>
        {
            consumer.ScopePerValue = false;
            // With Concurrency the samples of one process are still checked in order.
            consumer.PartitionBy((HostEvent value) => value.Pid);
        });
    }

    if (options.Consumes(nameof(Summary))) events.AddStreamConsumer<Summary>();

    await using var app = builder.Build();
    app.MapEndpoints();
    app.CheckSettings();
    await app.StartAsync();
    using var duration = new CancellationTokenSource();
    if (options.Duration is { } seconds) duration.CancelAfter(TimeSpan.FromSeconds(seconds));
    await app.WaitForShutdownAsync(duration.Token);

    // No value is returned: the framework sets the exit code, 1 after a fault and 3 after an aborted drain.
}
catch (Exception error) when (SettingsSetup.IsWrongSetting(error))
{
    CommandLine.Refuse(error.Message);
}
