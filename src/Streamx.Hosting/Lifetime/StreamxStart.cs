using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Lifetime;

/// <summary>The steps of a start before any hosted service: check the registrations, then start the consumers.</summary>
internal sealed class StreamxStart(
    StreamxRegistry registry, HostedStreams hostedStreams, ILoggerFactory loggerFactory, IServiceProvider services)
{
    private readonly IConfigurationSection? _configuration = StreamxConfiguration.Section(services, StreamxConfiguration.Root);
    private readonly ILogger _logger = SafeLogger.Create(loggerFactory, Log.Category);

    /// <summary>Guards <see cref="_checked"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The streams, once the check has succeeded.</summary>
    private IReadOnlyList<HostedStream>? _checked;

    /// <summary>The coordinator that starts and ends the streams; null unless the container has created its hosted services.</summary>
    internal StreamxCoordinator? Coordinator { get; set; }

    /// <summary>Builds the streams and checks what has been registered.</summary>
    /// <returns>The streams, in the order of registration; the same each time.</returns>
    /// <exception cref="StreamxConfigurationException">A registration is wrong.</exception>
    internal IReadOnlyList<HostedStream> Check()
    {
        lock (_lock)
        {
            if (_checked is not null) return _checked;
            var streams = hostedStreams.All();
            RegistrationValidator.Validate(registry, streams, _configuration, _logger, services);
            return _checked = streams;
        }
    }
}
