using Streamx.Engine;

namespace Streamx.Hosting.Remote.Producing;

/// <summary>
/// The puts of this process into a stream between processes: serializes each, observes it, and hands it to the leader loop.
/// </summary>
/// <param name="stream">The stream's name.</param>
/// <param name="setup">How the stream goes between processes.</param>
/// <param name="leader">Appends the puts.</param>
/// <param name="life">The stream's life in this process.</param>
/// <param name="lead">Runs the leader loop, once. It does not fault.</param>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class RemoteWriter<T>(string stream, TransportSetup<T> setup, LeaderLoop leader, RemoteLifecycle life, Func<Task> lead)
{
    /// <summary>Guards <see cref="_leading"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The leader loop; null until something is put here.</summary>
    private Task? _leading;

    /// <summary>How many flushes are under way.</summary>
    private int _flushes;

    /// <summary>Whether a call waits: a put or a flush.</summary>
    internal bool IsWaitedFor => leader.Pending > 0 || Volatile.Read(ref _flushes) > 0;

    /// <summary>The leader loop; completed while there is none.</summary>
    internal Task Leading
    {
        get
        {
            lock (_lock) return _leading ?? Task.CompletedTask;
        }
    }

    /// <summary>Begins to lead, as soon as this process may.</summary>
    internal void StartLeading()
    {
        lock (_lock) _leading ??= AmbientState.RunApart(lead);
    }

    /// <inheritdoc cref="StreamBackend{T}.PutAsync(T, PutObserver, CancellationToken)"/>
    internal ValueTask PutAsync(
        T value, PutObserver observer, CancellationToken cancellationToken, ProducerTerm? term = null, string? bookmark = null)
    {
        HandlerCall.CheckPut(setup.Transport, stream);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        var trace = observer.Begin();
        if (life.State != StreamState.Open)
        {
            var refusal = life.NewRefusal();
            observer.Ended(trace, wait: default, refusal);
            return ValueTask.FromException(refusal);
        }

        var put = Create(value, observer, trace);
        (put.Term, put.Bookmark) = (term, bookmark);
        StartLeading();
        if (!leader.TryQueue([put], cancellationToken)) put.Fail(life.NewRefusal());
        return new ValueTask(put.Task);
    }

    /// <inheritdoc cref="StreamBackend{T}.PutManyAsync(ReadOnlyMemory{T}, PutObserver, CancellationToken)"/>
    internal async Task PutManyAsync(
        ReadOnlyMemory<T> values, PutObserver observer, CancellationToken cancellationToken, ProducerTerm? term = null,
        string? bookmark = null)
    {
        HandlerCall.CheckPut(setup.Transport, stream);
        if (cancellationToken.IsCancellationRequested) throw ErrorOf(accepted: 0, new OperationCanceledException(cancellationToken));
        if (values.IsEmpty)
        {
            if (life.State != StreamState.Open) throw life.NewRefusal();
            return;
        }

        var trace = observer.Begin();
        if (life.State != StreamState.Open)
        {
            var refusal = life.NewRefusal(accepted: 0, values.Length);
            observer.EndedMany(trace, wait: default, accepted: 0, refusal);
            throw refusal;
        }

        var many = new RemotePutMany(values.Length, observer, trace, ErrorOf);
        var puts = new RemotePut[values.Length];
        try
        {
            for (var i = 0; i < puts.Length; i++)
                puts[i] = RemotePut.Create(values.Span[i], setup.Serializer, setup.MaxValueBytes, many, trace);
        }
        catch
        {
            observer.Forget(trace);
            throw;
        }

        foreach (var put in puts) put.Term = term;
        puts[^1].Bookmark = bookmark;
        if (bookmark is not null) puts[0].Together = (puts.Length, puts.Sum(put => (long)put.Body.Length));
        StartLeading();
        if (!leader.TryQueue(puts, cancellationToken))
            foreach (var put in puts) put.Fail(life.NewRefusal());
        await many.Task.ConfigureAwait(false);

        Exception ErrorOf(int accepted, Exception error) => error switch
        {
            OperationCanceledException cancelled => new StreamPutCanceledException(
                $"The put was cancelled after stream '{stream}' had accepted {accepted} of {values.Length} values.",
                cancelled.CancellationToken) { AcceptedCount = accepted },
            // The value had been sent: the message says what is not known.
            StreamClosedException { InnerException: not null } closed =>
                new StreamClosedException(closed.Message, closed.InnerException) { Origin = closed.Origin, AcceptedCount = accepted },
            _ => life.NewRefusal(accepted, values.Length),
        };
    }

    /// <inheritdoc cref="StreamBackend{T}.TryPut(T, PutObserver)"/>
    internal bool TryPut(T value, PutObserver observer, ProducerTerm? term = null)
    {
        HandlerCall.CheckPut(setup.Transport, stream);
        var trace = observer.Begin();
        if (life.State == StreamState.Open)
        {
            StartLeading();
            // Room is checked first: otherwise the value would be serialized for nothing.
            if (leader.HasRoom)
            {
                var put = Create(value, observer, trace);
                put.Term = term;
                if (leader.TryAppend(put)) return true;
            }
        }

        observer.Forget(trace);
        return false;
    }

    /// <inheritdoc cref="StreamBackend{T}.FlushAsync"/>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        HandlerCall.CheckPut(setup.Transport, stream);
        cancellationToken.ThrowIfCancellationRequested();
        if (life.Fault is not null) throw life.NewRefusal();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Interlocked.Increment(ref _flushes);
        try
        {
            var flushed = leader.FlushAsync(either.Token);
            await Task.WhenAny(life.WhenFaulted, flushed).ConfigureAwait(false);
            // If the stream faults, its flushes fail with the fault, whichever ended first.
            if (life.Fault is not null) await either.CancelAsync().ConfigureAwait(false);
            await flushed.ConfigureAwait(false);
        }
        catch (Exception) when (life.Fault is not null)
        {
            throw life.NewRefusal();
        }
        finally
        {
            Interlocked.Decrement(ref _flushes);
        }
    }

    /// <summary>Makes a put of a value. If that fails, its observer forgets it: it was no put.</summary>
    private RemotePut Create(T value, PutObserver observer, object? trace)
    {
        try
        {
            return RemotePut.Create(value, setup.Serializer, setup.MaxValueBytes, observer, trace);
        }
        catch
        {
            observer.Forget(trace);
            throw;
        }
    }
}
