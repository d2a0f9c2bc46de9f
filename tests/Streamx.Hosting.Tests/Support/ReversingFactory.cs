using System.Collections;
using System.Reflection;

namespace Streamx.Hosting.Tests.Support;

/// <summary>Builds a container as if streams, their workers and hosted services had been registered the other way round.</summary>
/// <remarks>Whatever else depends on the order of registration, as which of two services of one type counts, stays as it is.</remarks>
internal sealed class ReversingFactory : IServiceProviderFactory<IServiceCollection>
{
    public IServiceCollection CreateBuilder(IServiceCollection services)
    {
        ReverseHostedServices(services);
        if (StreamxRegistry.Find(services) is not { } registry) return services;
        registry.Streams.Reverse();
        foreach (var stream in registry.Streams)
        {
            Reverse(stream, nameof(StreamRegistration<>.Producers));
            Reverse(stream, nameof(StreamRegistration<>.Consumers));
        }

        return services;
    }

    public IServiceProvider CreateServiceProvider(IServiceCollection containerBuilder) => containerBuilder.BuildServiceProvider();

    private static void ReverseHostedServices(IServiceCollection services)
    {
        var places = Enumerable.Range(0, services.Count).Where(i => services[i].ServiceType == typeof(IHostedService)).ToList();
        var hosted = places.ConvertAll(place => services[place]);
        hosted.Reverse();
        for (var i = 0; i < places.Count; i++) services[places[i]] = hosted[i];
    }

    /// <summary>The type of the values is known to nobody here.</summary>
    private static void Reverse(StreamRegistration stream, string property)
    {
        var workers = (IList)stream.GetType().GetProperty(property, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(stream)!;
        var reversed = workers.Cast<object>().Reverse().ToList();
        for (var i = 0; i < reversed.Count; i++) workers[i] = reversed[i];
    }
}
