namespace Streamx.Hosting.Testing.Tests;

/// <summary>A consumer with several slots in the hands of a test.</summary>
public sealed class SlotTests
{
    [Fact]
    public async Task Step_OneOfSeveralInHand_SettlesThatOne()
    {
        await using var harness = Create((_, _) => default, o => o.Concurrency = 3);
        var stream = harness.Stream<int>("numbers");
        var slots = stream.Consumer("slots");
        slots.Hold();
        await harness.StartAsync();
        for (var value = 1; value <= 3; value++) await stream.PutAsync(value);
        await stream.WaitUntilAsync(_ => slots.InHand.Count == 3);

        await slots.StepAsync(2);
        var afterOne = (Finished: slots.Finished.ToList(), InHand: slots.InHand.Order().ToList());
        await slots.StepAsync(3);
        slots.Release();
        await stream.FlushAsync();

        Assert.Equal([2], afterOne.Finished);
        Assert.Equal([1, 3], afterOne.InHand);
        Assert.Equal([2, 3, 1], slots.Finished);
    }

    [Fact]
    public async Task Status_SlotsBusyAndValuesWaitingForTheirKey_AreCounted()
    {
        await using var harness = Create((_, _) => default, o =>
        {
            o.Concurrency = 3;
            o.PartitionBy((int value) => value % 10);
        });
        var stream = harness.Stream<int>("numbers");
        var slots = stream.Consumer("slots");
        slots.Hold();
        await harness.StartAsync();
        foreach (var value in (int[])[1, 11, 2, 21]) await stream.PutAsync(value);

        await stream.WaitUntilAsync(_ => slots.Status is { SlotsBusy: 2, ValuesWaitingForKey: 2 });
        await slots.StepAsync(1);
        await stream.WaitUntilAsync(_ => slots.Status is { SlotsBusy: 2, ValuesWaitingForKey: 1 });
        var concurrency = slots.Status.Concurrency;
        slots.Release();
        await stream.FlushAsync();

        Assert.Equal(3, concurrency);
        Assert.Equal([1, 11, 21], slots.Finished.Where(value => value != 2));
        Assert.True(slots.Status is { SlotsBusy: 0, ValuesWaitingForKey: 0 });
    }

    [Fact]
    public async Task Step_TheValueFails_TheNextTryIsHeldAgainAndTheOthersStay()
    {
        var tries = 0;
        await using var harness = Create(
            (value, _) => value == 1 && ++tries == 1 ? throw new IOException("fails") : default,
            o => (o.Concurrency, o.Retry.MaxAttempts, o.Retry.Delay) = (2, 1, TimeSpan.Zero));
        var stream = harness.Stream<int>("numbers");
        var slots = stream.Consumer("slots");
        slots.Hold();
        await harness.StartAsync();
        await stream.PutAsync(1);
        await stream.PutAsync(2);
        await stream.WaitUntilAsync(_ => slots.InHand.Count == 2);

        await slots.StepAsync(1);
        var afterFailure = slots.InHand.Order().ToList();
        await slots.StepAsync(1);

        Assert.Equal([1, 2], afterFailure);
        Assert.Equal([1], slots.Finished);
        Assert.Equal("fails", Assert.Single(slots.Failures).Message);
        slots.Release();
        await stream.FlushAsync();
    }

    private static StreamxHarness Create(Func<int, CancellationToken, ValueTask> handle, Action<ConsumerOptions> configure) =>
        new(builder => builder.Services.AddStreamx<int>("numbers", o => o.Window = 8).AddConsumer("slots", handle, configure));
}
