using System.Threading.Channels;

namespace Streamx.Hosting;

/// <summary>A stay in a stream under a name. Of all sessions of a name only one gets values at any time.</summary>
/// <remarks>Disposing gives it up at once: what was not reported as finished goes to the next in line.</remarks>
internal interface IJoinSession : IAsyncDisposable
{
    /// <summary>What comes, each number once and without gaps; completes when the session is over.</summary>
    ChannelReader<TransportDelivery> Deliveries { get; }

    /// <summary>Whether the session is not over, as far as can be known at once. Asked before each value is begun; a process that was stopped may be the last to hear.</summary>
    bool IsHeld { get; }

    /// <summary>Whether it is the one that gets values, as far as it knows: one that has just taken over learns it from the first that comes.</summary>
    bool IsActive { get; }

    /// <summary>Ends when the session is over, with why. It does not fault. By the time <see cref="IsHeld"/> is false, it has.</summary>
    Task<Exception> WhenLost { get; }

    /// <summary>Reports that everything up to a number is finished. Does not wait; reports may be put together.</summary>
    void Finish(long sequence);

    /// <summary>Waits until everything that was reported is durable, so that nothing of it will be delivered again.</summary>
    /// <exception cref="TransportException">The session was lost before.</exception>
    Task SettleAsync(CancellationToken cancellationToken);
}
