namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>A token and when it was cancelled.</summary>
#pragma warning disable CA1001 // The source has neither a timer nor a handle: there is nothing to dispose of.
internal sealed class CancellationRecord
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _source = new();

    /// <summary>The token.</summary>
    internal CancellationToken Token => _source.Token;

    /// <summary>When cancelling it began.</summary>
    internal long? Asked { get; private set; }

    /// <summary>When cancelling it was over.</summary>
    internal long? Done { get; private set; }

    /// <summary>Cancels the token: its callbacks run here and now.</summary>
    internal void Cancel(World world)
    {
        Asked = world.Tick();
        _source.Cancel();
        Done = world.Tick();
    }
}
