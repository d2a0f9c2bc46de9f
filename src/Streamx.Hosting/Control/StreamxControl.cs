using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Control;

/// <inheritdoc/>
internal sealed class StreamxControl(HostedStreams streams, ILoggerFactory loggerFactory) : IStreamxControl
{
    private readonly ILogger _logger = SafeLogger.Create(loggerFactory, Log.Category);

    /// <inheritdoc/>
    public IReadOnlyList<StreamxStreamStatus> GetStreams() => [.. streams.All().Select(stream => stream.GetStatus())];

    /// <inheritdoc/>
    public void RequestReports()
    {
        foreach (var stream in streams.All()) stream.Backend.RequestReports();
    }

    /// <inheritdoc/>
    public bool PauseProducer(string stream, string producer)
    {
        var hosted = Find(stream);
        return Note(hosted, "pause", producer, FindPause(hosted, producer).Pause());
    }

    /// <inheritdoc/>
    public bool ResumeProducer(string stream, string producer)
    {
        var hosted = Find(stream);
        return Note(hosted, "resume", producer, FindPause(hosted, producer).Resume());
    }

    /// <inheritdoc/>
    public bool DetachConsumer(string stream, string consumer)
    {
        var hosted = Find(stream);
        var worker = FindConsumer(hosted, consumer);
        var isDetached = hosted.DetachConsumer(worker);
        return Note(hosted, "detach", consumer, isDetached, isDetached ? $". In hand: {worker.InHand}" : "");
    }

    /// <inheritdoc/>
    public bool AttachConsumer(string stream, string consumer)
    {
        var hosted = Find(stream);
        return Note(hosted, "attach", consumer, hosted.AttachConsumer(FindConsumer(hosted, consumer)));
    }

    /// <inheritdoc/>
    public Task DrainAsync(string stream, CancellationToken cancellationToken = default)
    {
        var hosted = Find(stream);
        DrainFromInside.Check(hosted);
        Note(hosted, "drain", "all", changed: true);
        return hosted.DrainAsync().WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RetireConsumerAsync(string stream, string consumer, CancellationToken cancellationToken = default)
    {
        var hosted = Find(stream);
        ArgumentException.ThrowIfNullOrWhiteSpace(consumer);
        await hosted.Backend.RetireAsync(consumer, cancellationToken).ConfigureAwait(false);
        Note(hosted, "retire", consumer, changed: true);
    }

    private HostedStream Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return streams.All().FirstOrDefault(stream => Names.Comparer.Equals(stream.Name, name))
            ?? throw new ArgumentException($"There is no stream '{name}'.", nameof(name));
    }

    private static ProducerPause FindPause(HostedStream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return stream.FindPause(name) ?? throw new ArgumentException($"Stream '{stream.Name}' has no producer '{name}'.", nameof(name));
    }

    private static ConsumerWorker FindConsumer(HostedStream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return stream.FindConsumer(name) ?? throw new ArgumentException($"Stream '{stream.Name}' has no consumer '{name}'.", nameof(name));
    }

    private bool Note(HostedStream stream, string action, string worker, bool changed, string inHand = "")
    {
        if (!changed) return false;
        stream.OnControlAction();
        Log.Controlled(_logger, action, stream.Name, worker, inHand);
        return true;
    }
}
