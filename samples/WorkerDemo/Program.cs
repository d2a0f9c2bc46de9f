using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Hosting;
using Streamx.Hosting.RabbitMQ;
using WorkerDemo;

try
{
    var commandLine = CommandLine.Parse(args);
    if (commandLine.IsAnswered) return;

    var builder = WorkerHost.CreateBuilder(commandLine);
    builder.AddSettings(commandLine, out var options);
    builder.AddTelemetry();
    builder.AddProbes();

    var events = builder.Services.AddStreamx<HostEvent>("events", stream => stream.StopHostWhenCompleted = true)
        .AddDeadLetterHandler<DeadLetterFile>();
    if (options.RabbitMq is { } broker) events.UseRabbitMq(HostEventJson.Default.HostEvent, rabbit => rabbit.Connect(broker));

    // Without a broker all of them; with one, any of them, in as many processes as one likes.
    var workers = RunRole.Of(options);
    if (workers.Runs(nameof(Journal))) events.AddBatchConsumer<Journal>(consumer => consumer.ScopePerValue = false);
    if (workers.Runs(nameof(Alerts))) events.AddConsumer<Alerts>(consumer => consumer.ScopePerValue = false);
    if (workers.Runs(nameof(Summary))) events.AddStreamConsumer<Summary>();
    if (workers.Produces && options.Input is null) events.AddProducer<ProcessWatcher>();
    if (workers.Produces && options.Input is not null) events.AddProducer<LineReader>();

    using var host = WorkerHost.Build(builder);
    var shutdown = host.Services.GetRequiredService<IStreamxShutdown>();
    await host.StartCheckedAsync();
    await host.WaitForShutdownAsync();
    host.Services.GetRequiredService<Display>().Show(DrainReport.Format(await shutdown.Report));

    // No value is returned: the framework sets the exit code, 1 after a fault and 3 after an aborted drain.
}
catch (SettingException error)
{
    Environment.ExitCode = CommandLine.Refuse(error.Message);
}
