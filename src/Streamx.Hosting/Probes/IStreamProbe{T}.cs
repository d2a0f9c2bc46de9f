namespace Streamx.Hosting.Probes;

/// <summary>Comes between the workers of streams and their code, for a harness that runs them in a test.</summary>
/// <remarks>
/// <para>Asked while workers are built, and taken from the container, where usually there is none: what is run then is what was
/// registered, at no cost. Inside, because a probe has to see every kind of worker under its own name, in its own scopes, with its
/// own options, and only this package knows how they are run.</para>
/// </remarks>
/// <typeparam name="T">The type of the streams' values.</typeparam>
internal interface IStreamProbe<T>
{
    /// <summary>The clock a worker waits with before something is tried again.</summary>
    TimeProvider Watch(string stream, string worker, TimeProvider clock);

    /// <summary>What a producer puts through.</summary>
    IStreamWriter<T> Watch(string stream, string producer, IStreamWriter<T> writer);

    /// <summary>What a consumer has its items handled by.</summary>
    IHandler<TItem> Watch<TItem>(string stream, string consumer, IHandler<TItem> handler, Func<TItem, IReadOnlyList<T>> valuesOf);

    /// <summary>What a consumer with a loop of its own reads.</summary>
    IAsyncEnumerable<T> Watch(string stream, string consumer, IAsyncEnumerable<T> values);
}
