namespace Streamx.Hosting;

/// <summary>What became of the host's streams when it stopped.</summary>
/// <remarks>A singleton. Take it from the container before the host is disposed; it may be used afterwards.</remarks>
public interface IStreamxShutdown
{
    /// <summary>Ends with the report once every stream has drained or been aborted.</summary>
    /// <value>One task for the life of the host. It does not end if the host is never started, and fails if ending the streams did.</value>
    Task<ShutdownReport> Report { get; }
}
