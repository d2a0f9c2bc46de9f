using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Streamx.Hosting;
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
        .AddBatchConsumer<Journal>(consumer => consumer.ScopePerValue = false)
        .AddConsumer<Alerts>(consumer => consumer.ScopePerValue = false)
        .AddStreamConsumer<Summary>()
        .AddDeadLetterHandler<DeadLetterFile>();
    if (options.Input is null) events.AddProducer<ProcessWatcher>();
    else events.AddProducer<LineReader>();

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
