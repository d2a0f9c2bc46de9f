namespace Streamx.Hosting.Failures;

/// <summary>
/// Undoes what user code that is not <c>async</c> has left behind in its caller: values of <see cref="AsyncLocal{T}"/>, an activity,
/// suppressed flow.
/// </summary>
internal static class AmbientState
{
    /// <summary>Goes back to a context, if the present one is another. Allocates nothing.</summary>
    /// <param name="context">Captured before the user code was called.</param>
    internal static void Restore(ExecutionContext context)
    {
        if (ExecutionContext.Capture() != context) ExecutionContext.Restore(context);
    }

    /// <summary>Runs something on the pool without the caller's context: a loop that outlives the caller must not keep its activity.</summary>
    internal static Task RunApart(Func<Task> work)
    {
        if (ExecutionContext.IsFlowSuppressed()) return Task.Run(work);
        using (ExecutionContext.SuppressFlow()) return Task.Run(work);
    }
}
