namespace Streamx.Benchmarks.Buses;

/// <summary>A system that takes values to consumers, and what it promises as it is set up here.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="IsDurable">Whether accepted values survive the end of every process.</param>
/// <param name="Order">When a consumer gets values in the order in which they were published.</param>
/// <param name="Once">How often a consumer gets a value.</param>
/// <param name="RunAsync">Runs it: the broker's address, or null in memory; window.</param>
internal sealed record BusSystem(string Name, bool IsDurable, string Order, string Once, Func<Uri?, int, Task<BusResult>> RunAsync)
{
    private const string ExactlyOnce = "once, unless the process ends", AtLeastOnce = "at least once";

    /// <summary>All in one process, in memory.</summary>
    public static IReadOnlyList<BusSystem> InMemory { get; } =
    [
        new("Streamx.Hosting", false, "always", ExactlyOnce, StreamxBus.RunAsync),
        MassTransit("MassTransit, in memory", false, "one publisher, one handler call at a time", oneAtATime: true),
        Wolverine("Wolverine, local queues", false, "one publisher, sequential queues", oneAtATime: true),
    ];

    /// <summary>Over a broker, in quorum queues, each publish confirmed.</summary>
    public static IReadOnlyList<BusSystem> OverRabbitMq { get; } =
    [
        new("Streamx.Hosting.RabbitMQ", true, "always", AtLeastOnce, StreamxBus.RunAsync),
        MassTransit("MassTransit.RabbitMQ, one publish at a time", true, "until a redelivery", oneAtATime: true),
        Wolverine("WolverineFx.RabbitMQ, one publish at a time", true, "until a redelivery", oneAtATime: true),
        MassTransit("MassTransit.RabbitMQ, a window of publishes", true, "no", oneAtATime: false),
        Wolverine("WolverineFx.RabbitMQ, a window of publishes", true, "no", oneAtATime: false),
    ];

    private static BusSystem MassTransit(string name, bool isDurable, string order, bool oneAtATime) =>
        new(
            name, isDurable, order, isDurable ? AtLeastOnce : ExactlyOnce,
            (broker, window) => MassTransitBus.RunAsync(broker, window, oneAtATime));

    private static BusSystem Wolverine(string name, bool isDurable, string order, bool oneAtATime) =>
        new(
            name, isDurable, order, isDurable ? AtLeastOnce : ExactlyOnce,
            (broker, window) => WolverineBus.RunAsync(broker, window, oneAtATime));
}
