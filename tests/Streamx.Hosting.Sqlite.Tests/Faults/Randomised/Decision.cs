namespace Streamx.Hosting.Sqlite.Tests.Faults.Randomised;

/// <summary>Everything that chance decides about one fault, drawn at once: so a seed decides the same each time, whatever is alive then.</summary>
internal sealed class Decision
{
    /// <summary>Draws.</summary>
    /// <param name="random">The source.</param>
    /// <param name="kinds">The kinds of faults to choose from.</param>
    /// <param name="roles">The roles to choose from.</param>
    public Decision(Random random, IReadOnlyList<string> kinds, IReadOnlyList<string> roles)
    {
        Kind = kinds[random.Next(kinds.Count)];
        Role = roles[random.Next(roles.Count)];
        Pick = random.Next();
        Short = TimeSpan.FromSeconds(random.NextDouble() * 1.5);
        Long = TimeSpan.FromSeconds(random.NextDouble() * 5);
        Pause = TimeSpan.FromSeconds(random.NextDouble());
        IsAlone = random.Next(3) > 0;
        Values = random.Next(1, 300);
    }

    /// <summary>What is done.</summary>
    public string Kind { get; }

    /// <summary>To whose process.</summary>
    public string Role { get; }

    /// <summary>Chooses one of several, by its remainder.</summary>
    public int Pick { get; }

    /// <summary>How long until a process is replaced.</summary>
    public TimeSpan Short { get; }

    /// <summary>How long a fault lasts: up to five leases.</summary>
    public TimeSpan Long { get; }

    /// <summary>How long until what comes next.</summary>
    public TimeSpan Pause { get; }

    /// <summary>Whether the next fault waits until this one is over, and values flow again.</summary>
    public bool IsAlone { get; }

    /// <summary>How many values flow then.</summary>
    public int Values { get; }

    public override string ToString() => $"{Kind} ({Role})";
}
