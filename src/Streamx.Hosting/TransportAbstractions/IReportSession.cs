namespace Streamx.Hosting;

/// <summary>A process's part in the reports that the processes of a stream send one another while one of them asks.</summary>
/// <remarks>
/// Reports are for the readers of a page. An engine may lose one, or deliver it late or twice, and stores none for longer than some
/// seconds. Hosting makes one call at a time. Disposing ends the session.
/// </remarks>
public interface IReportSession : IAsyncDisposable
{
    /// <summary>Ends when the session is over, with why. It does not fault.</summary>
    Task<Exception> WhenLost { get; }

    /// <summary>Asks every other process that has a session to report. From now on this session receives reports.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">The session was lost.</exception>
    Task AskAsync(CancellationToken cancellationToken);

    /// <summary>Sends a report to every other session that has asked.</summary>
    /// <param name="report">The report: at most 7,900 bytes of UTF-8 text. The memory may change once the task has ended.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">The session was lost.</exception>
    Task ReportAsync(ReadOnlyMemory<byte> report, CancellationToken cancellationToken);
}
