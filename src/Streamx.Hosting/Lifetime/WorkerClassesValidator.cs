using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting.Lifetime;

/// <summary>Finds workers that the container cannot build, before anything runs and, if all is well, without building one.</summary>
/// <remarks>
/// <para>The container itself decides, as it does for every service when a host is built in the Development environment
/// (<see cref="ServiceProviderOptions.ValidateOnBuild"/>); here for the workers, in every environment. The container knows what an
/// inspection of constructors would have to repeat: which constructor it takes, keys, open generics, what dependencies need themselves,
/// cycles. Exceptions of a factory or a constructor are not found: they may be transient, and are left to the worker's failure
/// policy.</para>
/// <para>The container reports an error for each registration that cannot be built, and says which in the text alone. So errors are
/// counted: registered twice, a worker that cannot be built makes one more.</para>
/// </remarks>
internal static class WorkerClassesValidator
{
    /// <summary>What is missing, a message for each worker.</summary>
    /// <param name="registry">What has been registered.</param>
    /// <param name="services">The host's services.</param>
    internal static IEnumerable<string> Problems(StreamxRegistry registry, IServiceProvider services)
    {
        var suspects = Suspects(
            [.. registry.Streams.SelectMany(stream => stream.Classes).Select(worker => worker.Type).Distinct()], registry.Services);
        return
            from stream in registry.Streams
            from worker in stream.Classes
            where suspects.Contains(worker.Type)
            let error = Build(worker.Type, services)
            where error is not null
            select $"{worker.Role} '{worker.Name}' of stream '{stream.Name}' cannot be built: {ErrorText.Of(error)}";
    }

    /// <summary>The workers that the service collection alone does not show to be buildable.</summary>
    private static HashSet<Type> Suspects(Type[] workers, IServiceCollection services)
    {
        var registered = workers.ToDictionary(
            worker => worker, worker => services.LastOrDefault(service => service.ServiceType == worker && !service.IsKeyedService));
        var suspects = workers.Where(worker => registered[worker] is null).ToHashSet();
        var known = registered.Values.OfType<ServiceDescriptor>().ToArray();
        if (known.Length == 0 || CountErrors(services, []) is not (> 0 and var errors) || CountErrors(services, known) == errors)
            return suspects;
        suspects.UnionWith(known.Where(worker => CountErrors(services, [worker]) > errors).Select(worker => worker.ServiceType));
        return suspects;
    }

    /// <summary>How many registrations the container cannot build. It builds nothing.</summary>
    private static int CountErrors(IServiceCollection services, ServiceDescriptor[] more)
    {
        IServiceCollection all = new ServiceCollection();
        foreach (var service in services.Concat(more)) all.Add(service);
        try
        {
            using var copy = all.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
            return 0;
        }
        catch (AggregateException error)
        {
            return error.InnerExceptions.Count;
        }
    }

    /// <summary>
    /// Tries to build the worker: the host's container may know more than the collection, for instance when it is not Microsoft's.
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

    /// <summary>Disposes of a scope. A failure is no problem here: the only question is whether the worker can be built.</summary>
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
