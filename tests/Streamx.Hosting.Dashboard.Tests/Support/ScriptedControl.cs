namespace Streamx.Hosting.Dashboard.Tests.Support;

/// <summary>Streams as a test says they are.</summary>
internal sealed class ScriptedControl : IStreamxControl
{
    private int _looks;
    private int _reportRequests;

    public volatile IReadOnlyList<StreamxStreamStatus> Streams = [];

    public int Looks => Volatile.Read(ref _looks);

    public IReadOnlyList<StreamxStreamStatus> GetStreams()
    {
        Interlocked.Increment(ref _looks);
        return Streams;
    }

    public int ReportRequests => Volatile.Read(ref _reportRequests);

    public void RequestReports() => Interlocked.Increment(ref _reportRequests);

    public bool PauseProducer(string stream, string producer) => throw new NotSupportedException();

    public bool ResumeProducer(string stream, string producer) => throw new NotSupportedException();

    public bool DetachConsumer(string stream, string consumer) => throw new NotSupportedException();

    public bool AttachConsumer(string stream, string consumer) => throw new NotSupportedException();

    public Task DrainAsync(string stream, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task RetireConsumerAsync(string stream, string consumer, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
