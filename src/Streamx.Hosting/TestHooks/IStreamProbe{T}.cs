namespace Streamx.Hosting.TestHooks;

/// <summary>Intercepts the calls between the workers of streams and their code, for a test harness.</summary>
/// <remarks>
/// <para>Workers ask for it while they are built. It comes from the container, which usually has none: then the host runs what was
/// registered, at no cost. It is internal, because a probe has to see every kind of worker under its own name, in its own scopes, with its
/// own options, and only this package knows how workers run.</para>
/// </remarks>
/// <typeparam name="T">The type of the streams' values.</typeparam>
internal interface IStreamProbe<T>
{
    /// <summary>The clock for a worker's waits before retries and restarts.</summary>
    TimeProvider Watch(string stream, string worker, TimeProvider clock);

    /// <summary>The writer that a producer puts through.</summary>
    IStreamWriter<T> Watch(string stream, string producer, IStreamWriter<T> writer);

    /// <summary>The handler that a consumer calls with its items.</summary>
    IHandler<TItem> Watch<TItem>(string stream, string consumer, IHandler<TItem> handler, Func<TItem, IReadOnlyList<T>> valuesOf);

    /// <summary>The values that a consumer with a loop of its own reads.</summary>
    IAsyncEnumerable<T> Watch(string stream, string consumer, IAsyncEnumerable<T> values);
}
