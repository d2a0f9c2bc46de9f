namespace Streamx.Hosting.Remote.Reporting;

/// <summary>What the other processes of a stream have reported. Safe from any thread.</summary>
/// <param name="instance">The instance id of this process, whose own reports do not count.</param>
/// <param name="clock">The clock by which silence is measured.</param>
internal sealed class ReportedProcesses(string instance, TimeProvider clock)
{
    /// <summary>A process that has been silent for so long counts no more: it reports once a second.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>How long an entry counts: a process with very many consumers takes several reports for all of them.</summary>
    private static readonly TimeSpan s_entryPatience = TimeSpan.FromMinutes(1);

    /// <summary>How many processes are remembered, and how many entries of each kind of a process: reports come from outside.</summary>
    private const int MaxProcesses = 500, MaxEntries = 5_000;

    /// <summary>Guards <see cref="_processes"/>.</summary>
    private readonly Lock _lock = new();

    private readonly Dictionary<string, Known> _processes = new(StringComparer.Ordinal);

    /// <summary>Notes a report.</summary>
    /// <param name="report">The report; whatever else it is has no effect.</param>
    internal void Note(ReadOnlySpan<byte> report)
    {
        if (report.Length > ReportWriter.MaxBytes || ReportJson.TryRead(report) is not { } message || message.Instance == instance) return;
        var now = clock.GetTimestamp();
        lock (_lock)
        {
            PruneLocked();
            if (!_processes.TryGetValue(message.Instance, out var known))
            {
                if (_processes.Count >= MaxProcesses) return;
                _processes[message.Instance] = known = new Known();
            }

            (known.HeardAt, known.IsLeading) = (now, message.IsLeading);
            if (!message.IsLeading) known.Registered.Clear();
            foreach (var consumer in message.Consumers ?? []) Add(known.Consumers, consumer?.Name, consumer, now);
            foreach (var name in message.Names ?? []) Add(known.Registered, name?.Name, name, now);
        }
    }

    /// <summary>What the processes have reported that are not silent, by instance id.</summary>
    internal IReadOnlyList<StreamxProcessReport> Snapshot()
    {
        lock (_lock)
        {
            PruneLocked();
            return
            [
                .. from process in _processes.OrderBy(process => process.Key, StringComparer.Ordinal)
                   let known = process.Value
                   let names = known.Registered.Values.Select(entry => entry.Item).OrderBy(name => name.Name, Names.Comparer)
                   select new StreamxProcessReport
                   {
                       Instance = process.Key,
                       IsLeading = known.IsLeading,
                       Consumers = [.. known.Consumers.Values.OrderBy(entry => entry.Item.Name, Names.Comparer).Select(Describe)],
                       Names = [.. names.Select(Describe)],
                   },
            ];
        }
    }

    private void PruneLocked()
    {
        foreach (var (process, known) in _processes)
        {
            if (clock.GetElapsedTime(known.HeardAt) >= Patience)
            {
                _processes.Remove(process);
                continue;
            }

            Prune(known.Consumers);
            Prune(known.Registered);
        }
    }

    private void Prune<T>(Dictionary<string, (T Item, long At)> entries)
    {
        foreach (var (name, entry) in entries)
            if (clock.GetElapsedTime(entry.At) >= s_entryPatience) entries.Remove(name);
    }

    private static void Add<T>(Dictionary<string, (T Item, long At)> entries, string? name, T? item, long now)
        where T : class
    {
        if (name is null || item is null || (entries.Count >= MaxEntries && !entries.ContainsKey(name))) return;
        entries[name] = (item, now);
    }

    private StreamxConsumerReport Describe((ReportedConsumer Item, long At) entry) => new()
    {
        Name = entry.Item.Name,
        IsActive = entry.Item.IsActive,
        State = entry.Item.State,
        IsStalled = entry.Item.IsStalled,
        BusyRatio = Math.Clamp(entry.Item.BusyRatio, 0, 1),
        ItemAge = entry.Item.ItemAgeSeconds is { } seconds and >= 0 and < 1e9 ? TimeSpan.FromSeconds(seconds) : null,
        Lag = entry.Item.Lag,
        Age = clock.GetElapsedTime(entry.At),
    };

    private static StreamxRemoteName Describe(ReportedName name) => new()
    {
        Name = name.Name,
        Lag = name.Lag,
        IsGating = name.IsGating,
        Instance = name.Instance,
        Standbys = name.Standbys ?? [],
        Processes = name.Processes,
    };

    /// <summary>What is known of a process. Guarded by the lock of the object it belongs to.</summary>
    private sealed class Known
    {
        /// <summary>When it was last heard of.</summary>
        internal long HeardAt { get; set; }

        /// <summary>Whether it leads.</summary>
        internal bool IsLeading { get; set; }

        /// <summary>Its consumers, and when each was last reported.</summary>
        internal Dictionary<string, (ReportedConsumer Item, long At)> Consumers { get; } = new(Names.Comparer);

        /// <summary>The durable consumers that it has reported as the leader, and when.</summary>
        internal Dictionary<string, (ReportedName Item, long At)> Registered { get; } = new(Names.Comparer);
    }
}
