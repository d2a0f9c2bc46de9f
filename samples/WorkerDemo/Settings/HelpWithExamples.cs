using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace WorkerDemo;

/// <summary>The generated help, and what it cannot know: examples, exit codes, where else to set things.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    /// <summary>What follows the options.</summary>
    private const string More = """
        Examples:
          WorkerDemo --duration 15                          watch this machine for 15 seconds
          seq 1 200000 | WorkerDemo --input -               read lines to the end, then exit
          WorkerDemo --input app.log --follow               follow a log file across rotation
          seq 1 5000 | WorkerDemo --input - --slow Journal=5   see whom the producer waits for, in the report
          WorkerDemo --urls http://127.0.0.1:8080           serve /healthz/startup, /healthz/live and /healthz/ready
          WorkerDemo --stall Journal=60                     see a consumer that stops for a minute, and goes on
          WorkerDemo --rabbitmq amqp://localhost --role producer           one process each:
          WorkerDemo --rabbitmq amqp://localhost --role consumer:Journal   kill any, start it again
          WorkerDemo --set Streamx:events:Window=1          one value at a time: strict lock-step

        Settings:
          Everything can be set in appsettings.json, in the environment (WorkerDemo__Database=x.db,
          Streamx__events__Window=64) and on the command line, which wins. SIGTERM and Ctrl+C drain:
          what was accepted is delivered, within DOTNET_shutdownTimeoutSeconds (30).

        Exit codes:
          0  completed, or drained after a stop     2  an argument or a setting is wrong
          1  a producer or a consumer failed        3  the drain was aborted at the deadline
        """;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(More);
        return code;
    }
}
