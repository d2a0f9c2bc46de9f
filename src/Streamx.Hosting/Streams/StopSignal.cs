using System.Diagnostics.CodeAnalysis;

namespace Streamx.Hosting.Streams;

/// <summary>Signals workers, by a token, to stop or to give up.</summary>
/// <param name="onError">Receives the exceptions of callbacks on the token.</param>
[SuppressMessage(
    "Design", "CA1001",
    Justification = "The source has neither a timer nor a handle, and workers may hold its token to the end of the process.")]
internal sealed class StopSignal(Action<Exception> onError)
{
    private readonly CancellationTokenSource _source = new();

    /// <summary>The token.</summary>
    internal CancellationToken Token => _source.Token;

    /// <summary>Whether the signal has been given.</summary>
    internal bool IsGiven => _source.IsCancellationRequested;

    /// <summary>Gives the signal, once.</summary>
    /// <returns>A task that ends when callbacks on the token have run, which is up to them. It does not fault.</returns>
    internal async Task GiveAsync()
    {
        try
        {
            await _source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException error)
        {
            onError(error);
        }
    }
}
