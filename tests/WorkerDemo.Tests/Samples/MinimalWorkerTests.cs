using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Samples;

public class MinimalWorkerTests
{
    [Fact]
    public async Task Run_ToItsEnd_GivesEveryOrderToBothConsumers()
    {
        using var folder = new TempFolder();
        using var worker = WorkerProcess.Start(WorkerProgram.MinimalWorker, folder, [], []);

        var result = await worker.WaitForExitAsync();

        result.AssertExitCode(0);
        var orders = Enumerable.Range(1, 10).Select(number => (Number: number, Amount: 9.99m * number)).ToList();
        Assert.Equal(
            orders.Select(order => $"Order {{ Number = {order.Number}, Amount = {order.Amount} }}"),
            result.Output.Where(line => line.StartsWith("Order {", StringComparison.Ordinal)));
        Assert.Equal(
            orders.Select(order => $"Booked {order.Amount}"),
            result.Output.Select(line => line.Trim()).Where(line => line.StartsWith("Booked ", StringComparison.Ordinal)));
    }
}
