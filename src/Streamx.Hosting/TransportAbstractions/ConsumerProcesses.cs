namespace Streamx.Hosting;

/// <summary>The processes that have joined as each durable consumer, and the active one among them, as far as the leader knows.</summary>
/// <remarks>
/// <para>An engine that knows every process of a consumer calls <see cref="Set"/> whenever they change, and nothing else but
/// <see cref="Remove"/>. Any other engine reports what it hears. A process that reports progress is the active one. A process that has
/// joined announces itself every few seconds, and is forgotten after ten seconds of silence. Two looks in a row without a process mean that
/// a consumer has none.</para>
/// <para>Safe from any thread.</para>
/// </remarks>
/// <param name="clock">The clock by which silence is measured.</param>
public sealed class ConsumerProcesses(TimeProvider clock)
{
    /// <summary>How long a process counts as joined after its last word.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Guards everything below.</summary>
    private readonly Lock _lock = new();

    /// <summary>What is known of each consumer.</summary>
    private readonly Dictionary<string, Known> _names = new(Names.Comparer);

    /// <summary>The active process of a consumer has reported progress.</summary>
    /// <param name="name">The consumer.</param>
    /// <param name="instance">The process; null if the report does not name it.</param>
    public void OnReport(string name, string? instance)
    {
        lock (_lock)
        {
            var known = FindLocked(name);
            known.Active = instance;
            known.EmptyLooks = 0;
            // The process may have joined before this leader listened.
            if (instance is not null && !known.Joined.ContainsKey(instance)) known.Joined[instance] = clock.GetTimestamp();
        }
    }

    /// <summary>A process announces that it has joined as a consumer.</summary>
    /// <param name="name">The consumer.</param>
    /// <param name="instance">The process.</param>
    /// <param name="isActive">Whether the process has been given anything, which only the active one is. One that just took over may not
    /// know.</param>
    public void OnPresent(string name, string instance, bool isActive)
    {
        lock (_lock)
        {
            var known = FindLocked(name);
            known.EmptyLooks = 0;
            known.Joined[instance] = clock.GetTimestamp();
            if (isActive) known.Active = instance;
        }
    }

    /// <summary>The engine has looked whether a consumer has any process.</summary>
    /// <param name="name">The consumer.</param>
    /// <param name="hasProcess">Whether it has.</param>
    public void OnLook(string name, bool hasProcess)
    {
        lock (_lock)
        {
            var known = FindLocked(name);
            known.HasBeenSeen |= hasProcess;
            known.EmptyLooks = hasProcess ? 0 : known.EmptyLooks + 1;
            if (known.IsGone) known.Forget();
        }
    }

    /// <summary>Sets the processes of a consumer: they count until the next call, however long that is.</summary>
    /// <param name="name">The consumer.</param>
    /// <param name="instances">Every process that has joined, the active one first; null for one without a name.</param>
    public void Set(string name, IReadOnlyList<string?> instances)
    {
        ArgumentNullException.ThrowIfNull(instances);
        lock (_lock)
        {
            var known = FindLocked(name);
            known.Forget();
            known.Count = instances.Count;
            known.Active = instances.Count > 0 ? instances[0] : null;
            foreach (var instance in instances)
                if (instance is not null) known.Joined[instance] = clock.GetTimestamp();
        }
    }

    /// <summary>Forgets a consumer that has been retired.</summary>
    /// <param name="name">The consumer.</param>
    public void Remove(string name)
    {
        lock (_lock) _names.Remove(name);
    }

    /// <summary>Where a consumer runs.</summary>
    /// <param name="name">The consumer.</param>
    /// <param name="lag">How many values it has not finished; null when that is not known.</param>
    /// <param name="isGating">Whether a put waits for it.</param>
    internal StreamxRemoteName Describe(string name, long? lag, bool isGating)
    {
        lock (_lock)
        {
            var known = FindLocked(name);
            PruneLocked(known);
            string[] standbys = [.. known.Joined.Keys.Where(instance => instance != known.Active).Order(StringComparer.Ordinal)];
            var heard = standbys.Length + (known.Active is null ? 0 : 1);
            return new StreamxRemoteName
            {
                Name = name,
                Lag = lag,
                IsGating = isGating,
                Instance = known.Active,
                Standbys = standbys,
                Processes = known.Count ?? (known.IsGone ? 0 : heard > 0 ? heard : known.HasBeenSeen ? 1 : null),
            };
        }
    }

    /// <summary>Whether processes have joined as a consumer and the active one is not known. True once for each set of processes.</summary>
    internal bool IsNewlyUnclear(string name)
    {
        lock (_lock)
        {
            var known = FindLocked(name);
            PruneLocked(known);
            if (known.Active is not null || known.Joined.Count == 0)
            {
                known.Unclear = null;
                return false;
            }

            var now = string.Join('\n', known.Joined.Keys.Order(StringComparer.Ordinal));
            if (known.Unclear == now) return false;
            known.Unclear = now;
            return true;
        }
    }

    private Known FindLocked(string name)
    {
        if (!_names.TryGetValue(name, out var known)) _names[name] = known = new Known();
        return known;
    }

    /// <summary>Forgets the processes that have fallen silent.</summary>
    private void PruneLocked(Known known)
    {
        if (known.Count is not null) return;
        foreach (var (instance, heard) in known.Joined)
        {
            if (clock.GetElapsedTime(heard) < Patience) continue;
            known.Joined.Remove(instance);
            if (known.Active == instance) known.Active = null;
        }
    }

    /// <summary>What is known of a consumer. Guarded by the lock of the object it belongs to.</summary>
    private sealed class Known
    {
        /// <summary>The active process; null when it is not known.</summary>
        internal string? Active { get; set; }

        /// <summary>How many processes there are, where the engine knows them all; null otherwise.</summary>
        internal int? Count { get; set; }

        /// <summary>When each process that has joined last announced itself.</summary>
        internal Dictionary<string, long> Joined { get; } = new(StringComparer.Ordinal);

        /// <summary>How many looks in a row saw no process, with no report or announcement of a process between them.</summary>
        internal int EmptyLooks { get; set; }

        /// <summary>Whether a process has been seen since the consumer last had none.</summary>
        internal bool HasBeenSeen { get; set; }

        /// <summary>The processes that had joined when the active one was last reported as not known.</summary>
        internal string? Unclear { get; set; }

        /// <summary>
        /// Whether the consumer has no live process. A busy broker may report once that a consumer has none although it has one.
        /// </summary>
        internal bool IsGone => EmptyLooks >= 2;

        internal void Forget()
        {
            Active = null;
            HasBeenSeen = false;
            Joined.Clear();
        }
    }
}
