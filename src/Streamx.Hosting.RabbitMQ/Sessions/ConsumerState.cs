namespace Streamx.Hosting.RabbitMQ;

/// <summary>
/// What a session of a consumer has received, finished and reported. Deliveries, the consumer and the reports change it; safe from any
/// thread.
/// </summary>
/// <param name="name">The consumer.</param>
/// <param name="instance">The instance id of this process; null for none.</param>
/// <param name="memory">Knows the highest number of the stream.</param>
internal sealed class ConsumerState(string name, string? instance, StreamMemory memory)
{
    /// <summary>Guards the ledger and everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>The messages received; null until the broker has delivered something.</summary>
    private DeliveryLedger? _ledger;

    /// <summary>The answer to a leader that asks, and whether this process knows better than the checkpoint; null for none.</summary>
    private (string Kind, long Head, bool IsRefusal)? _question;

    /// <summary>Whether this session has reported missing values to the leader, and the leader has not asked since.</summary>
    private bool _hasReportedMissing;

    /// <summary>The callers that wait until reports are durable, and the number up to which each waits.</summary>
    private readonly List<(long Position, TaskCompletionSource Source)> _settling = [];

    /// <summary>The number up to which everything was reported as finished.</summary>
    private long _finished;

    /// <summary>The number up to which this is durable at the broker, and the messages are acknowledged.</summary>
    private long _settled;

    /// <summary>Ends once everything that has been received is finished; null unless a caller waits for that.</summary>
    private TaskCompletionSource? _allFinished;

    /// <summary>Whether the broker has delivered something, so that this session is the active one.</summary>
    internal bool IsActive
    {
        get
        {
            lock (_lock) return _ledger is not null;
        }
    }

    /// <summary>After <see cref="Verdict.Skip"/>, the numbers that no leader will put again.</summary>
    internal (long First, long Last) Skipped
    {
        get
        {
            lock (_lock) return _ledger!.Skipped;
        }
    }

    /// <summary>Begins at the checkpoint.</summary>
    internal void Open(Checkpoint checkpoint)
    {
        lock (_lock)
        {
            _ledger = new DeliveryLedger(checkpoint, instance);
            _finished = _settled = checkpoint.Position;
        }
    }

    /// <inheritdoc cref="DeliveryLedger.Pass"/>
    internal void Pass(ulong tag)
    {
        lock (_lock) _ledger!.Pass(tag);
    }

    /// <summary>Takes account of a message, and notes what the leader is to be answered.</summary>
    /// <param name="messages">The values of the message, or the message itself.</param>
    /// <param name="tag">Its tag.</param>
    internal IReadOnlyList<Verdict> Receive(IReadOnlyList<StreamMessage> messages, ulong tag)
    {
        lock (_lock)
        {
            var verdicts = _ledger!.Receive(messages, tag);
            for (var i = 0; i < verdicts.Count; i++) NoteQuestionLocked(verdicts[i], messages[i]);
            return verdicts;
        }
    }

    /// <summary>Passes over the question of a leader that is behind an epoch this process has seen, and answers that.</summary>
    internal void Refuse(StreamMessage question, ulong tag)
    {
        lock (_lock)
        {
            _ledger!.Pass(tag);
            _question ??= (MessageTypes.Newer, question.Sequence, IsRefusal: true);
        }
    }

    /// <summary>The consumer has finished everything up to a number.</summary>
    internal void Finish(long sequence)
    {
        lock (_lock)
        {
            _ledger!.Finish(sequence);
            _finished = Math.Max(_finished, sequence);
            if (_ledger.IsFinished) _allFinished?.TrySetResult();
        }
    }

    /// <summary>
    /// Whether a message is the first of another stream, which begins once everything of the one before is finished: with when that is.
    /// </summary>
    internal bool BeginsAnotherStream(StreamMessage message, out Task finished)
    {
        finished = Task.CompletedTask;
        lock (_lock)
        {
            if (!_ledger!.BeginsAnotherStream(message)) return false;
            if (!_ledger.IsFinished)
                finished = (_allFinished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            return true;
        }
    }

    /// <summary>Everything of the stream before is finished: goes on to another.</summary>
    internal void BeginStream(long id)
    {
        lock (_lock)
        {
            _allFinished = null;
            _ledger!.BeginStream(id);
            _finished = _settled = Checkpoint.None;
        }
    }

    /// <summary>What is to be reported now.</summary>
    internal ConsumerReport TakeReport()
    {
        lock (_lock)
        {
            var (checkpoint, tag) = _ledger!.Now;
            var answer = _question is { } asked ? _ledger.Answer(asked.Head, memory.Highest) : null;
            // The checkpoint may be one that another process has made again, and know less than this one.
            if (_question is { IsRefusal: true })
            {
                var (streamId, epoch) = memory.Newest;
                answer = answer! with { StreamId = streamId, Epoch = epoch };
            }

            var report = new ConsumerReport(checkpoint, tag, _finished) { Kind = _question?.Kind, Answer = answer };
            _question = null;
            return report;
        }
    }

    /// <summary>The checkpoint of a report is durable.</summary>
    /// <returns>The tag up to which everything can be acknowledged; zero for none.</returns>
    internal ulong Confirm(ConsumerReport report)
    {
        lock (_lock) return _ledger!.Confirm(report.Checkpoint.Position, report.Tag);
    }

    /// <summary>Everything of a report is done.</summary>
    internal void Settle(ConsumerReport report)
    {
        lock (_lock)
        {
            _settled = report.Finished;
            for (var i = _settling.Count - 1; i >= 0; i--)
            {
                if (_settling[i].Position > report.Finished) continue;
                _settling[i].Source.TrySetResult();
                _settling.RemoveAt(i);
            }
        }
    }

    /// <summary>Waits until everything that is finished now is durable.</summary>
    /// <exception cref="TransportException">The session was lost before.</exception>
    internal async Task SettleAsync(Task<Exception> whenLost, CancellationToken cancellationToken)
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_settled >= _finished) return;
            _settling.Add((_finished, source));
        }

        var settled = source.Task.WaitAsync(cancellationToken);
        if (await Task.WhenAny(settled, whenLost).ConfigureAwait(false) != settled)
            throw new TransportException($"The session of '{name}' was lost before its last report was durable.");
        await settled.ConfigureAwait(false);
    }

    private void NoteQuestionLocked(Verdict verdict, StreamMessage message)
    {
        if (verdict == Verdict.Answer)
        {
            _question = (MessageTypes.Synced, message.Sequence, IsRefusal: false);
            _hasReportedMissing = false;
        }
        else if (verdict == Verdict.Newer)
        {
            _question ??= (MessageTypes.Newer, message.Sequence, IsRefusal: false);
        }
        else if (verdict == Verdict.ReportMissing && !_hasReportedMissing)
        {
            _question = (MessageTypes.Missing, message.Sequence, IsRefusal: false);
            _hasReportedMissing = true;
        }
    }
}
