namespace Streamx.Hosting.Workers;

/// <summary>Detects user code that returns null instead of a task, such as a mock without a setup.</summary>
internal static class NullTask
{
    /// <summary>Returns the task.</summary>
    /// <param name="task">What the user's method has returned.</param>
    /// <param name="role">What the worker is.</param>
    /// <param name="worker">Its name.</param>
    /// <param name="stream">The name of its stream.</param>
    /// <exception cref="InvalidOperationException">It is null.</exception>
    internal static Task Check(Task? task, string role, string worker, string stream) => task ?? throw new InvalidOperationException(
        $"{role} '{worker}' of stream '{stream}' returned null instead of a task. A method that is not async has to return one, for "
        + "instance Task.CompletedTask.");
}
