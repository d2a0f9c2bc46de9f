using Microsoft.Extensions.DependencyInjection;

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
            var scope = services.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                await produce(new HostedStreamWriter<T>(stream.Stream), stream.StoppingToken, scope.ServiceProvider).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stream.StoppingToken.IsCancellationRequested)
        {
            // It did as it was told.
        }
        catch (StreamClosedException) when (stream.State is StreamState.Closing or StreamState.Closed)
        {
            // The stream was closed beneath it: there is nothing left to put into.
        }
        catch (StreamFaultedException fault) when (fault.InnerException is not null && fault.InnerException == stream.Stream.Fault)
        {
            // Someone else's failure, which has been logged where it happened.
        }
        catch (Exception error)
        {
            Log.ProducerFailed(stream.Logger, error, stream.Name, Name);
            stream.Stream.TryFault(error);
        }

        stream.OnProducerEnded();
    }
}
