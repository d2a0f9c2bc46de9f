namespace Streamx.Hosting.Workers;

/// <summary>
/// Undoes the changes that user code without <c>async</c> has made to its caller's context: values of <see cref="AsyncLocal{T}"/>, an
/// activity, suppressed flow.
/// </summary>
internal static class AmbientState
{
    /// <summary>Restores a context, if the current one differs. Allocates nothing.</summary>
    /// <param name="context">Captured before the user code was called.</param>
    internal static void Restore(ExecutionContext context)
    {
        if (ExecutionContext.Capture() != context) ExecutionContext.Restore(context);
    }

    /// <summary>
    /// Runs a callback on the pool without the caller's context: a loop that outlives the caller must not keep its activity.
    /// </summary>
    internal static Task RunApart(Func<Task> work)
    {
        if (ExecutionContext.IsFlowSuppressed()) return Task.Run(work);
        using (ExecutionContext.SuppressFlow()) return Task.Run(work);
    }
}
