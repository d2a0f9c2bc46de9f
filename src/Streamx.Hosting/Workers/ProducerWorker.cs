namespace Streamx.Hosting;

/// <summary>Runs one producer.</summary>
internal sealed class ProducerWorker<T>(
    HostedStream<T> stream,
    string name,
    IServiceProvider services,
    Func<IStreamWriter<T>, CancellationToken, IServiceProvider, Task> produce) : Worker(name)
{
    /// <inheritdoc/>
    protected override async Task RunAsync()
    {
        try
        {
            await ProduceAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (!IsNormalEnd(error))
        {
            // The fault before the log: whatever a logger does, the failure must have its effect.
            stream.Fail(error);
            Log.ProducerFailed(stream.Logger, error, stream.Name, Name);
        }
        catch
        {
            // A normal end.
        }
        finally
        {
            stream.OnProducerEnded();
        }
    }

    private async Task ProduceAsync()
    {
        var scope = HostDisposedException.CreateScope(services);
        await using (scope.ConfigureAwait(false))
        {
            await produce(new HostedStreamWriter<T>(stream.Stream), stream.StoppingToken, scope.ServiceProvider).ConfigureAwait(false);
        }
    }

    /// <summary>Whether an exception is an end like any other.</summary>
    private bool IsNormalEnd(Exception error) => error switch
    {
        // It did as it was told.
        OperationCanceledException => stream.StoppingToken.IsCancellationRequested,
        // The stream was closed beneath it: there is nothing left to put into.
        StreamClosedException closed => stream.Stream.Refused(closed),
        // Someone else's failure, which has been logged where it happened.
        StreamFaultedException { InnerException: { } fault } => fault == stream.Stream.Fault,
        HostDisposedException => true,
        _ => false,
    };
}
