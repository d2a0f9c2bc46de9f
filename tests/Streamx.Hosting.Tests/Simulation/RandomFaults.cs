using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Simulation;

/// <summary>Has steps go wrong at random.</summary>
/// <remarks>
/// What happens to a step follows from the seed, the process and how often that has had such a step. Each seed has its own weak points:
/// where everything goes wrong now and then, nothing ever goes wrong often.
/// </remarks>
/// <param name="seed">The seed.</param>
/// <param name="isCalm">Whether nothing goes wrong.</param>
/// <param name="beginDelay">How long it takes to begin an epoch at least.</param>
internal sealed class RandomFaults(int seed, bool isCalm, TimeSpan beginDelay) : IFaults
{
    private static readonly int[] s_percents = [0, 0, 2, 10, 30];

    /// <summary>How many in a hundred steps of each kind go wrong.</summary>
    private readonly Dictionary<FaultPoint, int> _percents = Enum.GetValues<FaultPoint>().ToDictionary(
        point => point, point => s_percents[new Dice(seed, kind: 1004, count: (int)point).Below(s_percents.Length)]);

    private readonly Dictionary<(string? Process, FaultPoint Point), int> _counts = [];

    /// <summary>How many steps have gone wrong.</summary>
    internal int Count { get; private set; }

    /// <summary>Whether nothing goes wrong any more.</summary>
    internal bool IsCalm { get; set; } = isCalm;

    /// <inheritdoc/>
    public Fault At(FaultPoint point, InMemoryTransport process)
    {
        var fault = IsCalm ? default : Throw(point, process);
        return point == FaultPoint.Begin ? fault with { Delay = fault.Delay + beginDelay } : fault;
    }

    private Fault Throw(FaultPoint point, InMemoryTransport process)
    {
        var count = _counts[(process.Instance, point)] = _counts.GetValueOrDefault((process.Instance, point)) + 1;
        var dice = new Dice(seed, process.Instance, (int)point, count);
        if (dice.Below(100) >= _percents[point]) return default;
        Count++;
        // Sessions are prolonged all the time, so that they are rarely lost there.
        var isLost = point != FaultPoint.Renew && dice.Below(100) < 35;
        var kind = !isLost ? dice.Below(4) == 0 ? FaultKind.Duplicate : FaultKind.None
            : dice.Below(3) switch { 0 => FaultKind.LoseBefore, 1 => FaultKind.LosePartway, _ => FaultKind.LoseAfter };
        return new Fault(kind)
        {
            // Now and then longer than a session lasts: what was sent arrives when another has taken over.
            Delay = TimeSpan.FromMilliseconds(dice.In100(12) ? 20 + dice.Below(40) : dice.Below(6)),
            ReplyDelay = TimeSpan.FromMilliseconds(dice.Below(6)),
            IsUnnoticed = dice.Below(3) == 0,
        };
    }
}
