using System.Runtime.CompilerServices;

namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>Awaits a task whose continuations never run inline, and goes on in a given context, whatever the current one is.</summary>
/// <remarks>Scenarios with synchronous continuations have no current context; without this they would go on in the thread pool.</remarks>
internal readonly struct ContextAwaitable(Task task, SynchronizationContext context) : ICriticalNotifyCompletion
{
    public bool IsCompleted => task.IsCompleted;

    public ContextAwaitable GetAwaiter() => this;

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        var previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            task.ConfigureAwait(true).GetAwaiter().UnsafeOnCompleted(continuation);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }
    }

#pragma warning disable VSTHRD002 // Called when the task is completed: this is how an await gets its result.
    public void GetResult() => task.ConfigureAwait(true).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
}
