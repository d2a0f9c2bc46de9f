using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Lifetime;

/// <summary>Validates every option, then the streams, and starts the consumers.</summary>
/// <remarks>
/// A host calls it once it has created its hosted services and before it starts the first of them, in whatever order they were
/// registered and whether it starts them one by one or at the same time. A hosted service of this package has no such place.
/// </remarks>
/// <param name="options">The validator that was registered before.</param>
/// <param name="start">The streams.</param>
internal sealed class StreamxStartupValidator(IStartupValidator options, StreamxStart start) : IStartupValidator
{
    /// <inheritdoc/>
    public void Validate()
    {
        options.Validate();
        start.Check();
        start.Coordinator?.StartConsumers();
    }

    /// <summary>Puts it around the validator of a service collection.</summary>
    internal static void Register(IServiceCollection services)
    {
        // The options package registers its own, unless there is one.
        services.AddOptions<HostOptions>().ValidateOnStart();
        var inner = services.Last(service => service.ServiceType == typeof(IStartupValidator) && !service.IsKeyedService);
        services.Remove(inner);
        services.AddSingleton<IStartupValidator>(
            provider => new StreamxStartupValidator(Create(inner, provider), provider.GetRequiredService<StreamxStart>()));
    }

    private static IStartupValidator Create(ServiceDescriptor descriptor, IServiceProvider provider) => (IStartupValidator)(
        descriptor.ImplementationInstance
        ?? descriptor.ImplementationFactory?.Invoke(provider)
        ?? ActivatorUtilities.CreateInstance(provider, descriptor.ImplementationType!));
}
