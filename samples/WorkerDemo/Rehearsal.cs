namespace WorkerDemo;

/// <summary>Plays what goes wrong in real life: <c>--slow</c>, <c>--stall</c>, <c>--stuck</c> and <c>--fail</c>. A worker of your own does not need it.</summary>
internal sealed class Rehearsal(DemoOptions options, TimeProvider timeProvider)
{
    /// <summary>The workers that have a part to play.</summary>
    private readonly Dictionary<string, Part> _parts = options.Slow.Keys.Concat(options.Stall.Keys).Concat(options.Stuck.Keys).Concat(options.Fail.Keys)
        .Distinct(StringComparer.OrdinalIgnoreCase)
        .ToDictionary(name => name, name => new Part(name, options), StringComparer.OrdinalIgnoreCase);

    /// <summary>Called by every worker before it deals with a value, or with the values of a batch.</summary>
    internal ValueTask BeforeAsync(string worker, int values, CancellationToken cancellationToken) =>
        _parts.TryGetValue(worker, out var part) ? PlayAsync(part, values, cancellationToken) : default;

    private async ValueTask PlayAsync(Part part, int values, CancellationToken cancellationToken)
    {
        // Heeds no token: that is the point.
        if (part.IsStuck) await new TaskCompletionSource().Task;
        if (part.TakeStall() is { } stall) await Task.Delay(stall, timeProvider, cancellationToken);
        if (part.Slow > TimeSpan.Zero) await Task.Delay(part.Slow * values, timeProvider, cancellationToken);
        part.Seen += values;
        if (part.Seen >= part.FailOn) throw new InvalidOperationException($"{part.Name} fails on value {part.FailOn}, as --fail asked it to.");
        if (part.FailRate > 0 && Random.Shared.NextDouble() < part.FailRate) throw new InvalidOperationException($"{part.Name} fails now and then, as --fail asked it to.");
    }

    /// <summary>What one worker plays.</summary>
    private sealed class Part(string name, DemoOptions options)
    {
        internal string Name { get; } = name;

        internal TimeSpan Slow { get; } = TimeSpan.FromMilliseconds(options.Slow.TryGetValue(name, out var milliseconds) ? milliseconds : 0);

        /// <summary>How long it is still to hold a value once.</summary>
        private TimeSpan? _stall = options.Stall.TryGetValue(name, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;

        internal bool IsStuck { get; } = options.Stuck.TryGetValue(name, out var stuck) && stuck;

        /// <summary>From which value on it fails.</summary>
        internal long FailOn { get; } = options.Fail.TryGetValue(name, out var n) && n >= 1 ? (long)n : long.MaxValue;

        /// <summary>Which part of its calls fail.</summary>
        internal double FailRate { get; } = options.Fail.TryGetValue(name, out var rate) && rate < 1 ? rate : 0;

        /// <summary>How many values it has been called for; a worker handles one call at a time.</summary>
        internal long Seen { get; set; }

        /// <summary>How long to hold the value at hand; null but the first time.</summary>
        internal TimeSpan? TakeStall()
        {
            var stall = _stall;
            _stall = null;
            return stall;
        }
    }
}
