using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting.Workers;

/// <summary>Ends the scope that user code ran in.</summary>
internal static class ScopeEnd
{
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
}
