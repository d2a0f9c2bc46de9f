namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>Brings the continuations of a logical thread back to it, as steps that the execution schedules.</summary>
internal sealed class ThreadContext(Execution execution, LogicalThread thread) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => execution.Post(thread, d, state);

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing here runs code on another thread and waits.");

    public override SynchronizationContext CreateCopy() => this;
}
