using Microsoft.Extensions.Options;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>The exchanges and queues of streams, for a deployment whose processes may not declare them.</summary>
public static class StreamxRabbitMqTopology
{
    /// <summary>Declares every exchange and queue of a stream, and registers its consumers. What exists is left as it is.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="options">The broker, the prefix and the consumers of the stream, with a user that may configure them.</param>
    /// <param name="cancellationToken">Gives up connecting.</param>
    /// <returns>A task that ends when everything exists.</returns>
    /// <remarks>
    /// For a job that runs before processes with <see cref="RabbitMqOptions.DeclareTopology"/> set to false, and again for each new
    /// consumer. It may be repeated, also while the stream runs.
    /// </remarks>
    /// <exception cref="ArgumentException">The stream has no name.</exception>
    /// <exception cref="ArgumentNullException">There are no options.</exception>
    /// <exception cref="OptionsValidationException">A setting cannot work.</exception>
    /// <exception cref="InvalidOperationException">The broker cannot be reached, or refuses a declaration.</exception>
    public static async Task DeclareAsync(string stream, RabbitMqOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(stream);
        ArgumentNullException.ThrowIfNull(options);
        options.InstanceId ??= InstanceId.Find(configuration: null);
        if (new RabbitMqOptionsValidator(stream).Validate(stream, options) is { Failed: true } invalid)
            throw new OptionsValidationException(stream, typeof(RabbitMqOptions), invalid.Failures);
        if (!options.DeclareTopology)
        {
            throw new OptionsValidationException(
                stream, typeof(RabbitMqOptions), [$"{nameof(options.DeclareTopology)} is false: there would be nothing to do."]);
        }

        try
        {
            await new RabbitMqTransport(stream, options, TimeProvider.System).DeclareAllAsync(
                [.. options.Consumers], cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException error)
        {
            throw new InvalidOperationException($"What stream '{stream}' needs could not be declared: {error.Message}", error);
        }
    }
}
