using Microsoft.Extensions.DependencyInjection;

namespace Streamx.Hosting.Registration;

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

    /// <summary>The name of the stream that resolves without a key.</summary>
    /// <exception cref="InvalidOperationException">There are several of the type, all with names of their own.</exception>
    internal string OnlyNameOf<T>()
    {
        var streams = Streams.OfType<StreamRegistration<T>>().ToList();
        if (streams.Find(stream => stream.IsUnnamed) is { } unnamed) return unnamed.Name;
        if (streams.Count == 1) return streams[0].Name;
        throw new InvalidOperationException(
            $"There are several streams of {typeof(T).FullName}: {string.Join(", ", streams.Select(stream => $"'{stream.Name}'"))}. "
            + $"Say which: [FromKeyedServices(\"{streams[0].Name}\")] IStreamWriter<{typeof(T).Name}>.");
    }

    /// <summary>The registration of a stream, created if there is none.</summary>
    /// <param name="name">The name; compares without case.</param>
    /// <param name="isNew">Whether this call created it.</param>
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
