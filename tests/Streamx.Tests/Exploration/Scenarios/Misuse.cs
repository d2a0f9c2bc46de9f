namespace Streamx.Tests.Exploration.Scenarios;

/// <summary>Two reads at once on one enumerator: one is refused, and the stream does not notice.</summary>
internal static class Misuse
{
    private const string Family = nameof(Misuse);

    internal static IEnumerable<Scenario> All =>
    [
        new(Family, "TwoReadsAtOnce", world =>
        {
            world.Open();
            var consumer = world.Join();
            world.Run(async () =>
            {
                await world.PutAsync(1);
                await world.PutAsync(2);
            });
            world.Run(() => consumer.ReadAsync());
            world.Run(() => consumer.ReadAsync());
            world.Last(async () =>
            {
                world.BeginClose();
                await consumer.ReadToEndAsync();
            });
        }),
        new(Family, "TwoEnumerators", world =>
        {
            world.Open();
            var subscription = world.Stream.Subscribe();
            var taken = 0;
            for (var i = 0; i < 2; i++)
            {
                world.Run(() =>
                {
                    world.Boundary();
                    try
                    {
                        subscription.Read(CancellationToken.None);
                        taken++;
                    }
                    catch (InvalidOperationException)
                    {
                        // What the other of the two gets.
                    }
                });
            }

            world.Run(() => world.PutAsync(1));
            world.Last(async () =>
            {
                world.BeginClose();
                await subscription.DisposeAsync();
            });
            world.Expect(() => taken == 1, "Not exactly one enumerator was given.");
        }),
        new(Family, "ReadAgainstLeave", world =>
        {
            world.Open();
            var consumer = world.Join();
            world.Run(async () =>
            {
                await world.PutAsync(1);
                await world.PutAsync(2);
            });
            world.Run(() => consumer.ReadAsync());
            world.Run(() => consumer.ReadAsync());
            world.Run(consumer.LeaveAsync);
            world.Last(world.CloseAsync);
        }),
    ];
}
