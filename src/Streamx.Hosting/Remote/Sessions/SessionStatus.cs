namespace Streamx.Hosting.Remote.Sessions;

/// <summary>Which parts of a stream between processes have a session, and why the others have none. Safe from any thread.</summary>
internal sealed class SessionStatus
{
    /// <summary>Guards <see cref="_problems"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>The parts that want a session, and the reason why each has none; a null reason for a part that has one.</summary>
    private readonly SortedDictionary<string, string?> _problems = new(Names.Comparer);

    /// <summary>A part wants a session from now on.</summary>
    internal void NoteWanted(string part)
    {
        lock (_lock) _problems.TryAdd(part, "has no session yet");
    }

    /// <summary>The part has one.</summary>
    internal void NoteOpened(string part)
    {
        lock (_lock) _problems[part] = null;
    }

    /// <summary>The part has none, or no longer.</summary>
    internal void NoteLost(string part, string reason)
    {
        lock (_lock) _problems[part] = reason;
    }

    /// <summary>The part needs none any more.</summary>
    internal void Forget(string part)
    {
        lock (_lock) _problems.Remove(part);
    }

    /// <summary>One sentence for each part that has none.</summary>
    /// <param name="isWell">Whether a part without a session is nevertheless as it should be.</param>
    internal IReadOnlyList<string> Describe(Func<string, bool> isWell)
    {
        lock (_lock)
        {
            return
            [
                .. _problems.Where(problem => problem.Value is not null && !isWell(problem.Key))
                    .Select(problem => $"{problem.Key}: {problem.Value}"),
            ];
        }
    }
}
