namespace Streamx.Hosting.Tests.Remote;

/// <summary>What producers of a process are part of: remembers what it is told.</summary>
internal sealed class RecordingEvents : IRemoteEvents
{
    public string ContentType => "text/plain";

    public bool OpensStream => true;

    public RetryOptions Reconnect { get; init; } = new()
    {
        MaxAttempts = int.MaxValue,
        Delay = TimeSpan.FromMilliseconds(2),
        MaxDelay = TimeSpan.FromMilliseconds(2),
    };

    /// <summary>The epochs in which the process has led.</summary>
    public List<long> Epochs { get; } = [];

    /// <summary>The waits before a session was opened again.</summary>
    public List<TimeSpan> Delays { get; } = [];

    /// <summary>Whether another process has ended the stream.</summary>
    public bool HasEndedElsewhere { get; private set; }

    public void OnSessionWanted(string who)
    {
    }

    public void OnSession(string who)
    {
    }

    public void OnLost(string who, Exception why)
    {
    }

    public void OnOverdue(string who, Exception why)
    {
    }

    public void OnSessionOver(string who)
    {
    }

    public void OnLeading(ILeadSession session, long first) => Epochs.Add(session.Epoch);

    public void OnEndedElsewhere() => HasEndedElsewhere = true;

    public void OnValuesLost(string consumer, long first, long last)
    {
    }

    public void OnReconnect(string who, Exception error, TimeSpan delay) => Delays.Add(delay);
}
