namespace Streamx.Hosting;

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
}
