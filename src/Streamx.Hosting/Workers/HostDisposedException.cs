using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting.Workers;

/// <summary>A worker needed a service scope after the host had been disposed. Not a failure of the worker.</summary>
internal sealed class HostDisposedException : Exception
{
    private HostDisposedException(ObjectDisposedException inner)
        : base("The host has been disposed.", inner)
    {
    }

    /// <summary>A scope for a worker.</summary>
    /// <exception cref="HostDisposedException">The container has been disposed of.</exception>
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

    /// <summary>A service of such a scope.</summary>
    /// <exception cref="HostDisposedException">The container has been disposed of, possibly after the scope was created.</exception>
    internal static T Resolve<T>(IServiceProvider scope)
        where T : notnull
    {
        try
        {
            return scope.GetRequiredService<T>();
        }
        catch (ObjectDisposedException error) when (IsGone(scope))
        {
            throw new HostDisposedException(error);
        }
    }

    /// <summary>
    /// Whether the container of a scope has been disposed of. The exception of a service that could not be built may look the same.
    /// </summary>
    private static bool IsGone(IServiceProvider scope)
    {
        try
        {
            scope.CreateScope().Dispose();
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
