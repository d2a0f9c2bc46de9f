namespace Streamx.Hosting.Control;

/// <summary>Follows a waiting put from stage to stage to the consumer that everything waits for.</summary>
/// <remarks>
/// <para>Locks: each step looks at one stream, or at the waits of one consumer, and has left that lock before the next step. No two locks
/// are ever held together, so the order in which puts take the locks of streams does not matter: there is no order to invert.</para>
/// <para>Consistency: a link of the chain is a consumer that is missing in a stream, and its put that waits in the next. Each wait is
/// recorded before the next stream is looked at, and compared after the last: if none has begun or ended in between, all of the waits
/// lasted at the moment of the last look, so that the whole chain was there at that moment. A value that a stage holds cannot have been
/// finished meanwhile, since its put still waits. Otherwise the chain has moved and has to be followed again.</para>
/// </remarks>
internal static class HolderChain
{
    /// <summary>How often a chain that moves is followed before it counts as flowing.</summary>
    internal const int MaxLooks = 3;

    /// <summary>Follows a chain, once.</summary>
    /// <param name="stream">The stream that puts wait in.</param>
    /// <param name="missing">The only consumer that they wait for; null while none waits, or several are missing.</param>
    /// <param name="holder">The end of the chain; null if it has none, because several consumers are missing there.</param>
    /// <returns>Whether all of it was found at one moment.</returns>
    internal static bool TryFollow(HostedStream stream, string? missing, out StreamxHolder? holder)
    {
        holder = null;
        List<(ConsumerWorker Stage, OutputWait Wait)> passed = [];
        while (missing is not null)
        {
            var stage = stream.FindConsumer(missing);
            // Hand-written consumers may put in a circle, where each waits for the next and none is the end.
            if (passed.Exists(link => link.Stage == stage)) break;
            if (stage?.OutputWaits.Oldest is not { } wait)
            {
                holder =
                    new StreamxHolder { Stream = stream.Name, Consumer = missing, Through = [.. passed.Select(link => link.Stage.Name)] };
                break;
            }

            passed.Add((stage, wait));
            stream = wait.Target;
            missing = stream.Backend.FindOnlyMissing();
        }

        return passed.TrueForAll(link => link.Stage.OutputWaits.Oldest == link.Wait);
    }
}
