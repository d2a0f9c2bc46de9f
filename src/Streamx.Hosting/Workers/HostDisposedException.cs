using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting;

/// <summary>A worker needed a service scope after the host had been disposed. Not a failure of the worker.</summary>
internal sealed class HostDisposedException : Exception
{
    private HostDisposedException(ObjectDisposedException inner)
        : base("The host has been disposed.", inner)
    {
    }

    /// <summary>A scope for a worker.</summary>
    /// <exception cref="HostDisposedException">The container is gone.</exception>
    internal static AsyncServiceScope CreateScope(IServiceProvider services)
    {
        try
        {
            return services.CreateAsyncScope();
        }
        catch (ObjectDisposedException error)
        {
            throw new HostDisposedException(error);
        }
    }
}
