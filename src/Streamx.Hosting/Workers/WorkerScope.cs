using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting.Workers;

/// <summary>The service scope that a worker's code runs in: its creation, what is resolved from it, and its end.</summary>
internal static class WorkerScope
{
    /// <summary>A scope for a worker.</summary>
    /// <exception cref="HostDisposedException">The container has been disposed of.</exception>
    internal static AsyncServiceScope Create(IServiceProvider services)
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

    /// <summary>Disposes of the scope, and throws what the code in it failed with.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="failure">What the code failed with; null when it did not, and then a failure of the disposal is thrown.</param>
    /// <param name="onDisposeFailed">Given a failure of the disposal when there is another that it must not hide.</param>
    internal static async ValueTask EndAsync(this AsyncServiceScope scope, Exception? failure, Action<Exception> onDisposeFailed)
    {
        try
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (failure is not null)
        {
            onDisposeFailed(error);
        }

        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
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
