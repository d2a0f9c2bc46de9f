namespace Streamx.Hosting.Tests.Simulation;

/// <summary>The life of a simulated host, which is started, and notes that it is asked to stop.</summary>
internal sealed class SimulatedLifetime : IHostApplicationLifetime
{
    /// <summary>Whether it has been asked to stop.</summary>
    internal bool IsStopRequested { get; private set; }

    /// <inheritdoc/>
    public CancellationToken ApplicationStarted { get; } = new(canceled: true);

    /// <inheritdoc/>
    public CancellationToken ApplicationStopping => CancellationToken.None;

    /// <inheritdoc/>
    public CancellationToken ApplicationStopped => CancellationToken.None;

    /// <inheritdoc/>
    public void StopApplication() => IsStopRequested = true;
}
