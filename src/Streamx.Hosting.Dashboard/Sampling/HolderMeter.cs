namespace Streamx.Hosting.Dashboard;

/// <summary>The consumers that held one stream in the last seconds, at the end of its chain of stages, from samples.</summary>
internal sealed class HolderMeter
{
    /// <summary>How many samples found each chain, by its links.</summary>
    private readonly Dictionary<string, (HolderDocument Holder, RecentSeconds Samples)> _chains = new(StringComparer.Ordinal);

    /// <summary>The end of the chain that was found most often, of those that begin with a consumer; null if none does.</summary>
    /// <param name="first">The consumer that puts waited for.</param>
    internal HolderDocument? Find(string first) => (
        from chain in _chains.Values
        let nearest = chain.Holder.Through is [var stage, ..] ? stage : chain.Holder.Consumer
        where string.Equals(nearest, first, StringComparison.OrdinalIgnoreCase)
        let samples = chain.Samples.Sum + chain.Samples.Current
        where samples > 0
        orderby samples descending
        select chain.Holder).FirstOrDefault();

    /// <summary>Takes a sample.</summary>
    internal void Look(StreamxHolder? holder)
    {
        if (Of(holder) is not { } now) return;
        var key = string.Join('\n', [.. now.Through, now.Stream, now.Consumer]);
        if (!_chains.TryGetValue(key, out var chain)) _chains[key] = chain = (now, new RecentSeconds());
        chain.Samples.Add(1);
    }

    /// <summary>Ends a second, and forgets chains that have not been found for some seconds.</summary>
    internal void EndSecond()
    {
        foreach (var (key, (_, samples)) in _chains)
        {
            samples.EndSecond();
            if (samples.Sum == 0) _chains.Remove(key);
        }
    }

    /// <summary>Starts over after a pause.</summary>
    internal void Clear() => _chains.Clear();

    /// <summary>A holder, for the page.</summary>
    internal static HolderDocument? Of(StreamxHolder? holder) =>
        holder is null ? null : new HolderDocument(holder.Stream, holder.Consumer, holder.Through);
}
