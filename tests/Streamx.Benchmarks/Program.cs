using BenchmarkDotNet.Configs;
using BenchmarkDotNet.ConsoleArguments;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using Streamx.Benchmarks.Broker;
using Streamx.Benchmarks.Buses;
using Streamx.Benchmarks.CommandLine;
using Streamx.Benchmarks.Compare;
using Streamx.Benchmarks.Durable;
using Streamx.Benchmarks.Hosted;
using Streamx.Benchmarks.Latency;
using Streamx.Benchmarks.Slots;

switch (args)
{
    case [CompareCommand.Name, .. var rest]: return await CompareCommand.RunAsync(rest);
    case [LatencyCommand.Name, .. var rest]: return await LatencyCommand.RunAsync(rest);
    case [HostingCommand.Name, .. var rest]: return await HostingCommand.RunAsync(rest);
    case [SlotsCommand.Name, .. var rest]: return await SlotsCommand.RunAsync(rest);
    case [BrokerCommand.Name, .. var rest]: return await BrokerCommand.RunAsync(rest);
    case [BusesCommand.Name, .. var rest]: return await BusesCommand.RunAsync(rest);
    case [BusyProcesses.Mode]: return BusyProcesses.Run();
    case [DurableCommand.Name, .. var rest]: return await DurableCommand.RunAsync(rest);
    case [ConsumerProcess.Command, .. var rest]: return await ConsumerProcess.RunAsync(rest);
    case ["--help" or "-h" or "-?"]:
        await Console.Out.WriteLineAsync(Usage.Everything);
        return 0;
    case [['-', ..], ..] when ConfigParser.Parse(args, NullLogger.Instance).isSuccess:
        BenchmarkSwitcher.FromAssembly(typeof(CompareCommand).Assembly).Run(args, DefaultConfig.Instance);
        return 0;
    default: return await Usage.RefuseAsync(Usage.Everything);
}
