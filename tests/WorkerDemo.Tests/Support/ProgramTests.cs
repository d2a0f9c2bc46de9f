using WorkerDemo.Tests.Display;

namespace WorkerDemo.Tests.Support;

/// <summary>Tests of the running program.</summary>
/// <remarks>What derives from it is abstract and has a class for each way the program is built, so that all do the same.</remarks>
public abstract class ProgramTests(WorkerProgram program) : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await program.BuildAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    /// <inheritdoc cref="WorkerProcess.Start(WorkerProgram, TempFolder, string[])"/>
    private protected WorkerProcess Start(TempFolder folder, params string[] arguments) => WorkerProcess.Start(program, folder, arguments);

    /// <inheritdoc cref="WorkerProcess.Start(WorkerProgram, TempFolder, Dictionary{string, string}, string[])"/>
    private protected WorkerProcess Start(TempFolder folder, Dictionary<string, string> environment, string[] arguments) =>
        WorkerProcess.Start(program, folder, environment, arguments);

    /// <inheritdoc cref="Terminal.Start"/>
    private protected Terminal StartTerminal(TempFolder folder, int columns, int rows, string arguments) => Terminal.Start(program, folder, columns, rows, arguments);

    /// <summary>Runs it to its end.</summary>
    private protected async Task<WorkerResult> RunAsync(TempFolder folder, params string[] arguments)
    {
        using var worker = Start(folder, arguments);
        return await worker.WaitForExitAsync();
    }
}
