namespace Streamx.Hosting;

/// <summary>A session for as long as it can be appended to.</summary>
/// <param name="session">The session.</param>
internal sealed class LeadTurn(ILeadSession session)
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The session.</summary>
    internal ILeadSession Session => session;

    /// <summary>Ends with the turn; by then the next one can be waited for.</summary>
    internal Task WhenOver => _over.Task;

    /// <summary>Ends it.</summary>
    internal void End() => _over.TrySetResult();
}
