namespace Streamx.Hosting.RabbitMQ;

/// <content>What the session tells the leader, and acknowledges to the broker.</content>
internal sealed partial class JoinSession
{
    /// <summary>Announces this process to the present leader, also while it stands by.</summary>
    private async Task AnnounceAsync(string instance, TimeProvider clock)
    {
        try
        {
            while (!_connection.Ended.IsCancellationRequested)
            {
                await _connection.RunAsync(
                    () => _checkpoints.AnnounceAsync(new Presence(_name, instance, IsActive) { Reads = StreamMessage.CombinedVersion }),
                    $"Announcing '{_name}'").ConfigureAwait(false);
                await Task.Delay(Presence.Interval, clock, _connection.Ended).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            // The connection has ended, and with it the session.
        }
    }

    /// <summary>Reports as long as the session lasts; reports that arise while one is under way are combined.</summary>
    private async Task ReportAsync()
    {
        try
        {
            await foreach (var _ in _hasReport.Reader.ReadAllAsync(_connection.Ended).ConfigureAwait(false))
                await _connection.RunAsync(ReportOnceAsync, $"Reporting the position of '{_name}'").ConfigureAwait(false);
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            // The connection has ended, and with it the session.
        }
        finally
        {
            _deliveries.Writer.TryComplete();
        }
    }

    private async Task ReportOnceAsync()
    {
        var report = _state.TakeReport();
        // Durable before it is acknowledged: otherwise a value could be gone without any record that it is finished.
        _memory.NoteCheckpoint(report.Checkpoint);
        await _checkpoints.WriteAsync(report.Checkpoint).ConfigureAwait(false);
        var acknowledged = _state.Confirm(report);
        if (acknowledged > 0)
        {
            _held.Remove(acknowledged);
            await _values.BasicAckAsync(acknowledged, multiple: true, _connection.Ended).ConfigureAwait(false);
        }

        // The fence, too, is durable before the leader relies on it.
        if (report.Answer is not null) await _checkpoints.AnswerAsync(report.Kind!, report.Answer).ConfigureAwait(false);
        _state.Settle(report);
    }
}
