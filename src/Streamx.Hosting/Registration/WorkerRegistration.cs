namespace Streamx.Hosting.Registration;

/// <summary>One registered worker: its name, and how to build it for a stream.</summary>
/// <typeparam name="TWorker">A producer or a consumer.</typeparam>
/// <typeparam name="T">The type of the stream's values.</typeparam>
/// <param name="Name">The worker's name.</param>
/// <param name="Build">Builds the worker from the container's services.</param>
internal sealed record WorkerRegistration<TWorker, T>(string Name, Func<HostedStream<T>, IServiceProvider, TWorker> Build)
{
    /// <summary>The type of its options.</summary>
    internal Type OptionsType { get; init; } = typeof(ProducerOptions);
}
