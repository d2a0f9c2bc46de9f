namespace Streamx.Benchmarks.Buses;

/// <summary>Handlers that Wolverine calls, each from a queue of its own: it finds handlers by their type.</summary>
public static class WolverineConsumers
{
    /// <summary>The handlers, by the number of the consumer.</summary>
    public static IReadOnlyList<Type> All { get; } = [typeof(FirstHandler), typeof(SecondHandler), typeof(ThirdHandler)];

    public sealed class FirstHandler(BusWindow values)
    {
        public void Handle(BusValue value) => values.Finish(0, value.Number);
    }

    public sealed class SecondHandler(BusWindow values)
    {
        public void Handle(BusValue value) => values.Finish(1, value.Number);
    }

    public sealed class ThirdHandler(BusWindow values)
    {
        public void Handle(BusValue value) => values.Finish(2, value.Number);
    }
}
