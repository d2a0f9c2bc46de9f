using Streamx.Hosting;
using Streamx.Hosting.Testing;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code of the guide to testing.</summary>
internal static class PolicyTestUse
{
    public static async Task RunAsync()
    {
        #region policy
        await using var harness = new StreamxHarness(builder => builder.Services.AddStreamx<Order>()
            .AddConsumer<Ledger>(consumer =>
            {
                consumer.Retry.MaxAttempts = 1;
                consumer.OnFailure = ConsumerFailure.Skip;
            })
            .AddDeadLetterHandler<Letters>());
        var orders = harness.Stream<Order>();
        var ledger = orders.Consumer<Ledger>();
        ledger.FailNext(new FormatException("No amount."), times: 2);    // the first try, and the retry
        await harness.StartAsync();

        await orders.PutAsync(new Order(1));
        harness.Time.Advance(await ledger.WaitForBackoffAsync());
        await orders.StepAsync(new Order(2));

        Assert.Equal([1], ledger.DeadLettered.Select(order => order.Number));
        Assert.Equal([2], ledger.Finished.Select(order => order.Number));
        #endregion
    }

    internal sealed record Order(int Number);

    internal sealed class Ledger : IConsumer<Order>
    {
        public ValueTask ConsumeAsync(Order value, CancellationToken abortToken) => default;
    }

    internal sealed class Letters : IDeadLetterHandler<Order>
    {
        public ValueTask HandleAsync(DeadLetter<Order> letter, CancellationToken abortToken) => default;
    }
}
