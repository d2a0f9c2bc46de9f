using Streamx.Engine;

namespace Streamx.Hosting;

/// <summary>What is put in this process into a stream between processes: serialized, followed, and handed to the loop that leads.</summary>
/// <param name="setup">How the stream goes between processes.</param>
/// <param name="producers">Carries the puts on.</param>
/// <param name="life">The stream's life in this process.</param>
/// <param name="lead">Runs the loop that leads, once. It does not fault.</param>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class RemotePuts<T>(TransportSetup<T> setup, RemoteProducers producers, StreamLife life, Func<Task> lead)
{
    /// <summary>Guards <see cref="_leading"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The loop that leads; null until something is put here.</summary>
    private Task? _leading;

    /// <summary>How many flushes are under way.</summary>
    private int _flushes;

    /// <summary>Whether a call waits: a put or a flush.</summary>
    internal bool IsWaitedFor => producers.Pending > 0 || Volatile.Read(ref _flushes) > 0;

    /// <summary>The loop that leads; completed while there is none.</summary>
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

    /// <inheritdoc cref="StreamBackend{T}.PutAsync"/>
    internal ValueTask PutAsync(T value, PutObserver observer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        var trace = observer.Begin();
        if (life.State != StreamState.Open)
        {
            var refusal = life.NewRefusal();
            observer.Ended(trace, wait: default, refusal);
            return ValueTask.FromException(refusal);
        }

        var put = Create(value, observer, trace);
        StartLeading();
        if (!producers.TryQueue(put, cancellationToken)) put.Fail(life.NewRefusal());
        return new ValueTask(put.Task);
    }

    /// <inheritdoc cref="StreamBackend{T}.TryPut"/>
    internal bool TryPut(T value, PutObserver observer)
    {
        var trace = observer.Begin();
        if (life.State == StreamState.Open)
        {
            StartLeading();
            // Whether there is room comes first: otherwise the value would be serialized for nothing.
            if (producers.HasRoom && producers.TryAppend(Create(value, observer, trace))) return true;
        }

        observer.Forget(trace);
        return false;
    }

    /// <inheritdoc cref="StreamBackend{T}.FlushAsync"/>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (life.Fault is not null) throw life.NewRefusal();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Interlocked.Increment(ref _flushes);
        try
        {
            var flushed = producers.FlushAsync(either.Token);
            await Task.WhenAny(life.WhenFaulted, flushed).ConfigureAwait(false);
            // A flush that a fault ends fails with it, whatever ended first.
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

    /// <summary>A put of a value. One that cannot be made was none for its observer.</summary>
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
