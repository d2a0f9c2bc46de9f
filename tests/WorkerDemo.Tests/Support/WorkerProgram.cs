namespace WorkerDemo.Tests.Support;

/// <summary>The sample as a program that can be started, in one of the ways it is built.</summary>
public sealed class WorkerProgram
{
    private readonly Func<Task> _build;

    private WorkerProgram(Func<Task> build, params string[] command) => (_build, Command) = (build, command);

    /// <summary>As it was built with these tests, run by the runtime.</summary>
    public static WorkerProgram Managed { get; } = Built("WorkerDemo");

    /// <summary>The sample in one file.</summary>
    public static WorkerProgram MinimalWorker { get; } = Built("MinimalWorker");

    /// <summary>The sample with a web endpoint.</summary>
    public static WorkerProgram OrdersApi { get; } = Built("OrdersApi");

    /// <summary>Compiled ahead of time.</summary>
    public static WorkerProgram Native { get; } = new(() => NativePublish.Output, NativeFolder.Program);

    /// <summary>What is started, and the arguments that come before the program's own.</summary>
    internal IReadOnlyList<string> Command { get; }

    /// <summary>Builds it, unless it has been.</summary>
    internal Task BuildAsync() => _build();

    private static WorkerProgram Built(string name) => new(
        () => Task.CompletedTask, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, $"{name}.dll"));
}
