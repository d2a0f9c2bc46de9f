using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting;

/// <summary>Finds workers that the container cannot build, before anything runs and without building one.</summary>
/// <remarks>
/// The container itself decides, as it does for every service when a host is built in the Development environment
/// (<see cref="ServiceProviderOptions.ValidateOnBuild"/>); here for the workers alone, in every environment. What a factory or a
/// constructor throws is not found: that may pass, and is left to the worker's failure policy.
/// </remarks>
internal static class WorkerClassesValidator
{
    /// <summary>What is missing, a message for each worker.</summary>
    /// <param name="registry">What has been registered.</param>
    /// <param name="services">The host's services.</param>
    internal static IEnumerable<string> Problems(StreamxRegistry registry, IServiceProvider services)
    {
        if (registry.Streams.TrueForAll(stream => stream.Classes.Count == 0)) return [];
        var errors = Validate(registry.Services);
        return
            from stream in registry.Streams
            from worker in stream.Classes
            where IsSuspect(worker.Type, registry.Services, errors)
            let error = Build(worker.Type, services)
            where error is not null
            select $"{worker.Role} '{worker.Name}' of stream '{stream.Name}' cannot be built: {ErrorText.Of(error)}";
    }

    /// <summary>What the container says about all services, one message for each that cannot be built.</summary>
    private static IReadOnlyList<string> Validate(IServiceCollection services)
    {
        try
        {
            using var copy = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
            return [];
        }
        catch (AggregateException error)
        {
            return [.. error.InnerExceptions.Select(inner => inner.Message)];
        }
    }

    private static bool IsSuspect(Type worker, IServiceCollection services, IReadOnlyList<string> errors) =>
        services.LastOrDefault(service => service.ServiceType == worker && !service.IsKeyedService) is not { } registered
        || errors.Any(error => error.Contains($"'{registered}'", StringComparison.Ordinal));

    /// <summary>
    /// Tries to build it: the host's container may know more than the collection, for instance when it is not Microsoft's.
    /// </summary>
    private static Exception? Build(Type worker, IServiceProvider services)
    {
        var scope = services.CreateScope();
        try
        {
            _ = scope.ServiceProvider.GetRequiredService(worker);
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
        finally
        {
            TryDispose(scope);
        }
    }

    /// <summary>Disposes of a scope. A failure is no problem here: whether the worker can be built is all that is asked.</summary>
    private static bool TryDispose(IServiceScope scope)
    {
        try
        {
            scope.Dispose();
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }
}
