using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>Options as code has set them: a simulated host has no configuration.</summary>
/// <param name="registered">What sets them.</param>
/// <typeparam name="T">Their type.</typeparam>
internal sealed class SimulatedOptions<T>(IServiceCollection registered) : IOptionsMonitor<T>
    where T : class, new()
{
    /// <inheritdoc/>
    public T CurrentValue => Get(name: "");

    /// <inheritdoc/>
    public T Get(string? name)
    {
        T options = new();
        foreach (var service in registered.Where(service => !service.IsKeyedService))
            if (service.ImplementationInstance is IConfigureNamedOptions<T> configure) configure.Configure(name, options);
        return options;
    }

    /// <inheritdoc/>
    public IDisposable? OnChange(Action<T, string?> listener) => null;
}
