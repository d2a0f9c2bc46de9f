namespace Streamx.Tests.Exploration.Scheduling;

/// <summary>One thread of a scenario: it runs until a point, an await or its end, whenever the execution lets it.</summary>
/// <param name="id">Its number: its letter in a schedule.</param>
/// <param name="body">What it does.</param>
/// <param name="isLast">Whether it starts only when all other threads are at rest.</param>
internal sealed class LogicalThread(byte id, Func<Task> body, bool isLast)
{
    /// <summary>Its number: its letter in a schedule.</summary>
    internal byte Id { get; } = id;

    /// <summary>Its letter in a schedule.</summary>
    internal char Letter => (char)('A' + Id);

    /// <summary>What it does.</summary>
    internal Func<Task> Body { get; } = body;

    /// <summary>Where it runs.</summary>
    internal Carrier? Carrier { get; set; }

    /// <summary>What it is doing. Guarded by the execution.</summary>
    internal LogicalState State { get; set; } = isLast ? LogicalState.Dormant : LogicalState.Ready;

    /// <summary>Whether it has taken up being told to go on. Guarded by the execution.</summary>
    internal bool HasTurn { get; set; }

    /// <summary>What it was last seen to do.</summary>
    internal string At { get; set; } = "start";

    /// <summary>Its outcome, once it has been started.</summary>
    internal Task? Outcome { get; set; }

    /// <summary>Given when it may go on.</summary>
    internal SemaphoreSlim Turn { get; } = new(0);

    /// <summary>Continuations to run. Guarded by the execution.</summary>
    internal Queue<(SendOrPostCallback Callback, object? State)> Inbox { get; } = new();
}
