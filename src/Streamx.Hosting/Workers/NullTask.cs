namespace Streamx.Hosting.Workers;

/// <summary>Finds user code that returns null where it has to return a task, as a mock does that has not been set up.</summary>
internal static class NullTask
{
    /// <summary>Gives the task back.</summary>
    /// <param name="task">What the user's method has returned.</param>
    /// <param name="role">What the worker is.</param>
    /// <param name="worker">Its name.</param>
    /// <param name="stream">The name of its stream.</param>
    /// <exception cref="InvalidOperationException">It is null.</exception>
    internal static Task Check(Task? task, string role, string worker, string stream) => task ?? throw new InvalidOperationException(
        $"{role} '{worker}' of stream '{stream}' returned null instead of a task. A method that is not async has to return one, for instance Task.CompletedTask.");
}
