namespace Streamx.Hosting.RabbitMQ;

/// <summary>Knows whether every process that may be given values reads messages of several values. Safe from any thread.</summary>
/// <remarks>
/// Each process of a consumer announces what it reads, again and again. One that does not say so is of an earlier version: while it is
/// known, values go one by one. So they do at the beginning, until each process has had the time to announce itself, and while a consumer
/// has no process, since it is not known which one comes.
/// </remarks>
/// <param name="positions">Has the registered consumers.</param>
/// <param name="listening">How long announcements are waited for at the beginning.</param>
/// <param name="clock">The clock.</param>
/// <param name="onAmiss">Called once for each consumer that has a process of an earlier version.</param>
internal sealed class CombinedReaders(ConsumerPositions positions, TimeSpan listening, TimeProvider clock, Action<string> onAmiss)
{
    /// <summary>How long announcements are waited for: each process announces itself in that time, also if it is a little late.</summary>
    internal static readonly TimeSpan Listening = Presence.Interval + TimeSpan.FromSeconds(1);

    /// <summary>How long a result counts, unless an announcement changes it.</summary>
    private static readonly TimeSpan s_validity = TimeSpan.FromSeconds(1);

    /// <summary>When the leader began to listen.</summary>
    private readonly long _began = clock.GetTimestamp();

    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>The processes of each consumer: when each was heard, and when it last was one of an earlier version.</summary>
    private readonly Dictionary<string, Dictionary<string, (long HeardAt, long? EarlierAt)>> _processes =
        new(StringComparer.OrdinalIgnoreCase);

    /// <summary>When consumers were last mentioned that may not be registered yet.</summary>
    private readonly Dictionary<string, long> _mentioned = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The consumers for which an earlier version has been reported.</summary>
    private readonly HashSet<string> _reported = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The last result, and when it was found; null when something has changed since.</summary>
    private (bool All, long At)? _found;

    /// <summary>Whether all of them do.</summary>
    internal bool All
    {
        get
        {
            lock (_lock)
            {
                if (_found is { } found && clock.GetElapsedTime(found.At) < s_validity) return found.All;
                var all = clock.GetElapsedTime(_began) >= listening && LookLocked();
                _found = (all, clock.GetTimestamp());
                return all;
            }
        }
    }

    /// <summary>A process has announced itself.</summary>
    internal void OnPresent(Presence presence)
    {
        var isEarlier = presence.Reads < StreamMessage.CombinedVersion;
        lock (_lock)
        {
            if (!_processes.TryGetValue(presence.Name, out var known)) _processes[presence.Name] = known = new(StringComparer.Ordinal);
            var now = clock.GetTimestamp();
            if (!positions.Has(presence.Name)) _mentioned[presence.Name] = now;
            if (!known.TryGetValue(presence.Instance, out var before) || isEarlier) _found = null;
            known[presence.Instance] = (now, isEarlier ? now : before.EarlierAt);
            if (!isEarlier || !_reported.Add(presence.Name)) return;
        }

        onAmiss(
            $"Process '{presence.Instance}' of consumer '{presence.Name}' is of an earlier version, which reads no messages of several "
            + "values. While it runs, each value is sent in a message of its own.");
    }

    /// <summary>A consumer is about to be registered, by a process that may be of an earlier version.</summary>
    internal void OnMentioned(string name)
    {
        lock (_lock)
        {
            _mentioned[name] = clock.GetTimestamp();
            _found = null;
        }
    }

    private bool LookLocked()
    {
        foreach (var (name, at) in _mentioned)
            if (!IsRecent(at)) _mentioned.Remove(name);
        foreach (var name in positions.Snapshot().Keys.Union(_mentioned.Keys, StringComparer.OrdinalIgnoreCase))
            if (!_processes.TryGetValue(name, out var known) || !AllReadLocked(known)) return false;
        return true;
    }

    private bool AllReadLocked(Dictionary<string, (long HeardAt, long? EarlierAt)> known)
    {
        foreach (var (instance, process) in known)
            if (!IsRecent(process.HeardAt)) known.Remove(instance);
        return known.Count > 0 && !known.Values.Any(process => process.EarlierAt is { } at && IsRecent(at));
    }

    private bool IsRecent(long at) => clock.GetElapsedTime(at) < ConsumerProcesses.Patience;
}
