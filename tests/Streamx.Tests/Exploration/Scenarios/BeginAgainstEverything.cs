using Streamx.Tests.Exploration.Scheduling;

namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>
/// A consumer takes values before it begins them, begins and finishes them in any order, while others put, flush, leave or end the stream.
/// </summary>
internal static class BeginAgainstEverything
{
    private const string Family = nameof(BeginAgainstEverything);

    internal static IEnumerable<Scenario> All =>
    [
        Create("Put", (world, consumer) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(() => world.PutAsync(5));
            world.Run(() => consumer.WorkToEndAsync(2));
            world.Last(world.CloseAsync);
        }),
        Create("TwoSlots", (world, consumer) =>
        {
            Take(consumer, 2);
            world.Run(() => consumer.Handle(2));
            world.Run(() => consumer.Handle(1));
            world.Run(() => world.PutAsync(4));
            world.Run(world.FlushAsync);
            world.Last(async () =>
            {
                world.BeginClose();
                await consumer.WorkToEndAsync(1);
            });
        }),
        Create("TakesMore", (world, consumer) =>
        {
            Take(consumer, 1);
            world.Run(async () =>
            {
                await consumer.ReadAsync(2);
                consumer.Handle(3);
            });
            world.Run(() => consumer.Handle(1));
            world.Run(world.Look);
            world.Last(() =>
            {
                consumer.Handle(2);
                return Task.CompletedTask;
            });
        }),
        Create("Leave", (world, consumer) =>
        {
            Take(consumer, 2);
            world.Run(() => consumer.Handle(2));
            world.Run(() => world.PutAsync(4));
            world.Run(consumer.DisposeAsync);
            world.Last(world.CloseAsync);
        }),
        Create("LeaveAfterBegin", (world, consumer) =>
        {
            Take(consumer, 2);
            world.Run(() => { consumer.Begin(1); });
            world.Run(consumer.DisposeAsync);
            world.Run(world.Look);
            world.Last(world.CloseAsync);
        }),
        Create("InOneStep", (world, consumer) =>
        {
            Take(consumer, 1);
            consumer.Begin(1);
            world.Run(() => consumer.HandleInOneStep(1, 2));
            world.Run(() => world.PutAsync(4));
            world.Run(world.FlushAsync);
            world.Last(async () =>
            {
                world.BeginClose();
                await consumer.WorkToEndAsync(1);
            });
        }, limit: 2),
        Create("InOneStepAgainstLeave", (world, consumer) =>
        {
            Take(consumer, 1);
            consumer.Begin(1);
            world.Run(() => consumer.HandleInOneStep(1, 2));
            world.Run(consumer.DisposeAsync);
            world.Run(world.Look);
            world.Last(world.CloseAsync);
        }, limit: 2),
        Create("TakesSeveral", (world, consumer) =>
        {
            Take(consumer, 1);
            world.Run(() => world.PutAsync(4));
            world.Run(() => consumer.Handle(1));
            world.Run(() => consumer.ReadAsync(1));
            world.Last(async () =>
            {
                world.BeginClose();
                foreach (var taken in consumer.Received.FindAll(receipt => receipt.FinishAsked is null)) consumer.Handle(taken.Value);
                await consumer.WorkToEndAsync(2);
            });
        }, limit: 2),
        Create("Close", (world, consumer) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(world.CloseAsync);
            world.Run(() => consumer.WorkToEndAsync(2));
        }),
        Create("Fault", (world, consumer) =>
        {
            world.Run(() => world.PutAsync(4));
            world.Run(() => world.Fault());
            world.Run(() => consumer.WorkToEndAsync(2));
        }),
    ];

    private static Scenario Create(string situation, Action<World, Consumer> arrange, int limit = 1) => new(Family, situation, world =>
    {
        world.Open(window: 3);
        var consumer = world.JoinConcurrent(slots: 2, beginsLater: true, limit);
        for (var value = 1; value <= 3; value++) world.TryPut(value);
        arrange(world, consumer);
    });

    /// <summary>Takes values that are there, before anything else happens.</summary>
    private static void Take(Consumer consumer, int count) =>
        FindingException.Unless(consumer.ReadAsync(count).IsCompletedSuccessfully, "A value that is there was not taken at once.");
}
