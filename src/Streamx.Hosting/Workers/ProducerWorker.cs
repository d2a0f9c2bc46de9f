namespace Streamx.Hosting.Workers;

/// <summary>Runs one producer.</summary>
internal sealed class ProducerWorker<T> : Worker
{
    private readonly HostedStream<T> _stream;
    private readonly IServiceProvider _services;
    private readonly ProducerOptions _options;
    private readonly Func<IStreamWriter<T>, CancellationToken, IServiceProvider, Task> _produce;

    /// <summary>The waits between restarts.</summary>
    private readonly Backoff _restart;

    /// <summary>Measures it.</summary>
    private readonly ProducerTelemetry _telemetry;

    /// <summary>Its last failure, which causes the restart.</summary>
    private Exception? _lastFailure;

    /// <summary>The writer that its last run puts through; null before the first.</summary>
    private ProducerWriter<T>? _writer;

    /// <summary>Ensures that the state last reported is the current one.</summary>
    private readonly Lock _showing = new();

    /// <summary>Its state, without regard to a pause.</summary>
    private volatile StreamxProducerState _state;

    internal ProducerWorker(
        HostedStream<T> stream,
        string name,
        IServiceProvider services,
        ProducerOptions options,
        Func<IStreamWriter<T>, CancellationToken, IServiceProvider, Task> produce)
        : base(name, WorkerRole.Producer, stream.Telemetry)
    {
        _stream = stream;
        _services = services;
        _options = options;
        _produce = produce;
        _telemetry = stream.Telemetry.AddProducer(name);
        Pause = new ProducerPause(ShowState);
        _restart = new Backoff(
            options.Restart, stream.Probe?.Watch(stream.Name, name, stream.TimeProvider) ?? stream.TimeProvider, OnRestartWait);
    }

    /// <summary>Holds back its puts while it is paused.</summary>
    internal ProducerPause Pause { get; }

    /// <summary>What it is doing now.</summary>
    internal StreamxProducerStatus Status => new()
    {
        Name = Name,
        State = _state == StreamxProducerState.Running && Pause.IsPaused ? StreamxProducerState.Paused : _state,
        Restarts = Restarts,
        Faults = Faults,
        ValuesPut = _telemetry.Accepted,
        WaitingFor = _telemetry.WaitingFor,
        LastFailure = LastFailure,
    };

    /// <summary>Starts it.</summary>
    internal void Start()
    {
        _telemetry.Start();
        Enter(StreamxProducerState.Running);
        Start(RunAsync);
    }

    private async Task RunAsync()
    {
        try
        {
            var error = await ProduceAsync().ConfigureAwait(false);
            while (error is not null && _options.OnFailure == ProducerFailure.Restart)
            {
                // After an accepted put the count of restarts begins anew, so this loop may repeat.
                _writer!.HasPut = false;
                _lastFailure = error;
                error = await _restart.RunAsync(error, RestartAsync, _stream.StoppingToken).ConfigureAwait(false);
                if (!_writer.HasPut || IsNormalEnd(error)) break;
            }

            // A wait that the stop has ended is a normal end.
            if (error is null || IsNormalEnd(error)) return;
            Fail(error);
        }
        catch (Exception error)
        {
            // Nothing here is expected to throw, but an exception must not count as the end of the input.
            Fail(error);
        }
        finally
        {
            if (_state != StreamxProducerState.Failed) _state = StreamxProducerState.Ended;
            // There is nothing left to hold back.
            Pause.Resume(forGood: true);
            _telemetry.Stop();
            _stream.Inputs.OnEnded();
        }
    }

    private void Fail(Exception error)
    {
        NoteFailure(error);
        _state = StreamxProducerState.Failed;
        _stream.Fail(error);
        Log.ProducerFailed(_stream.Logger, error, _stream.Name, Name);
    }

    private async ValueTask<TryResult> RestartAsync(CancellationToken cancellationToken)
    {
        CountRestart(_lastFailure!);
        Enter(StreamxProducerState.Running);
        var error = await ProduceAsync().ConfigureAwait(false);
        if (error is not null) _lastFailure = error;
        return new TryResult(error, IsLast: _writer!.HasPut);
    }

    /// <summary>
    /// Runs the producer once it may put; again in each leader term, if it resumes its source. Returns its failure, or null.
    /// </summary>
    private async Task<Exception?> ProduceAsync()
    {
        while (await _stream.Backend.WhenMayProduceAsync(Name, _stream.StoppingToken).ConfigureAwait(false) is { } start)
        {
            using var term = start.Term;
            _writer = new ProducerWriter<T>(_stream, Pause, _telemetry, start);
            var error = await ProduceAsync(_writer, term).ConfigureAwait(false);
            if (error is not null || term is not { IsInterrupted: true } || _stream.StoppingToken.IsCancellationRequested) return error;
        }

        return null;
    }

    private async Task<Exception?> ProduceAsync(ProducerWriter<T> writer, ProducerTerm? term)
    {
        try
        {
            using var mark = ProducerMark.Enter(_stream, Name);
            var output = _stream.Probe?.Watch(_stream.Name, Name, writer) ?? writer;
            var scope = WorkerScope.Create(_services);
            Exception? failure = null;
            try
            {
                await NullTask.Check(
                    _produce(output, term?.Token ?? _stream.StoppingToken, scope.ServiceProvider), "Producer", Name,
                    _stream.Name).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failure = error;
            }

            await scope.EndAsync(failure, error => Log.DisposeFailed(_stream.Logger, error, _stream.Name, Name)).ConfigureAwait(false);
            return null;
        }
        catch (Exception error) when (IsNormalEnd(error) || (error is OperationCanceledException && term is { IsInterrupted: true }))
        {
            return null;
        }
        catch (Exception error)
        {
            CountFault(error);
            return error;
        }
    }

    private void OnRestartWait(int attempt, TimeSpan delay, Exception error)
    {
        Enter(StreamxProducerState.RestartWait);
        Log.ProducerRestarts(_stream.Logger, error, _stream.Name, Name, delay.TotalSeconds, attempt);
    }

    private void Enter(StreamxProducerState state)
    {
        lock (_showing)
        {
            // Reported before the state is visible: a reader that has seen the wait finds the time from then on counted as wait.
            ShowLocked(state);
            _state = state;
        }
    }

    /// <summary>Reports its state: it runs, unless it is paused; or it waits to be started again, which a pause does not change.</summary>
    /// <remarks>Its run and the operator may change the state at the same time: the later of the two has seen both changes.</remarks>
    private void ShowState()
    {
        lock (_showing) ShowLocked(_state);
    }

    private void ShowLocked(StreamxProducerState state) =>
        _telemetry.Enter(
            state == StreamxProducerState.RestartWait ? ProducerTimeState.RestartWait
            : Pause.IsPaused ? ProducerTimeState.Paused
            : ProducerTimeState.Produce);

    /// <summary>Whether an exception is a normal end.</summary>
    private bool IsNormalEnd(Exception? error) => error switch
    {
        null => true,
        // The producer obeyed the stop.
        OperationCanceledException => _stream.StoppingToken.IsCancellationRequested,
        // The stream was closed while it ran: it cannot put any more.
        StreamClosedException closed => _stream.Refused(closed),
        // Another worker's failure, which has been logged where it happened.
        StreamFaultedException { InnerException: { } fault } => fault == _stream.Fault,
        HostDisposedException => true,
        _ => false,
    };
}
