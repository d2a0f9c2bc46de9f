
namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Randomised;

/// <summary>Everything that chance decides about one fault, drawn at once.</summary>
/// <remarks>
/// Each takes the same number of draws, whatever is alive at that moment and whichever fault it is. So a seed decides the same each time,
/// although the timing differs.
/// </remarks>
internal sealed class Decision
{
    /// <summary>Draws.</summary>
    /// <param name="random">The source.</param>
    /// <param name="kinds">The kinds of faults to choose from.</param>
    /// <param name="roles">The roles to choose from.</param>
    /// <param name="nodes">How many nodes the broker has.</param>
    public Decision(Random random, IReadOnlyList<string> kinds, IReadOnlyList<string> roles, int nodes)
    {
        Kind = kinds[random.Next(kinds.Count)];
        Role = roles[random.Next(roles.Count)];
        IsActive = random.Next(3) > 0;
        Pick = random.Next();
        Direction = (Direction)random.Next(1, 4);
        Short = TimeSpan.FromSeconds(random.NextDouble() * 3);
        Long = TimeSpan.FromSeconds(random.NextDouble() * 10);
        Nodes = [.. Enumerable.Range(0, nodes)];
        random.Shuffle(Nodes);
    }

    /// <summary>What is done.</summary>
    public string Kind { get; }

    /// <summary>To whom: <c>producer</c>, or a consumer.</summary>
    public string Role { get; }

    /// <summary>Whether to the process that is active, or to any.</summary>
    public bool IsActive { get; }

    /// <summary>Chooses one of several, by its remainder.</summary>
    public int Pick { get; }

    /// <summary>The direction of a cut.</summary>
    public Direction Direction { get; }

    /// <summary>How long until a process is replaced.</summary>
    public TimeSpan Short { get; }

    /// <summary>How long a fault lasts.</summary>
    public TimeSpan Long { get; }

    /// <summary>The nodes in the order in which they are taken.</summary>
    public int[] Nodes { get; }

    /// <summary>One of several.</summary>
    public T? Choose<T>(IReadOnlyList<T> from) => from.Count == 0 ? default : from[Pick % from.Count];
}
