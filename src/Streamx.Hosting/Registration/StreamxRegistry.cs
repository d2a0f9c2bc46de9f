using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting;

/// <summary>Every stream registered with one service collection. Filled while services are registered, then only read.</summary>
/// <param name="services">The service collection.</param>
internal sealed class StreamxRegistry(IServiceCollection services)
{
    /// <summary>The service collection.</summary>
    internal IServiceCollection Services => services;

    /// <summary>The streams, in the order of their registration.</summary>
    internal List<StreamRegistration> Streams { get; } = [];

    /// <summary>The registry of a service collection, or null when it has none yet.</summary>
    internal static StreamxRegistry? Find(IServiceCollection services) =>
        services.FirstOrDefault(service => service.ServiceType == typeof(StreamxRegistry))?.ImplementationInstance as StreamxRegistry;

    /// <summary>The registration of a stream, which is made if need be.</summary>
    /// <param name="name">The name; compares without case.</param>
    /// <param name="isNew">Whether it has been made now.</param>
    internal StreamRegistration<T> GetOrAdd<T>(string name, out bool isNew)
    {
        var found = Streams.OfType<StreamRegistration<T>>().FirstOrDefault(stream => Names.Comparer.Equals(stream.Name, name));
        isNew = found is null;
        if (found is not null) return found;
        var added = new StreamRegistration<T>(name);
        Streams.Add(added);
        return added;
    }
}
