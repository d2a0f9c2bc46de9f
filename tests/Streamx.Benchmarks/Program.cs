using BenchmarkDotNet.Running;
using Streamx.Benchmarks.Compare;

if (args is ["compare", .. var rest]) return await CompareCommand.RunAsync(rest);
BenchmarkSwitcher.FromAssembly(typeof(CompareCommand).Assembly).Run(args);
return 0;
