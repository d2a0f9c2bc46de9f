using Microsoft.AspNetCore.Http;
using OrdersApi;
using Streamx;

namespace WorkerDemo.Tests.Samples;

/// <summary>What the endpoint of OrdersApi answers.</summary>
public class OrderEndpointTests
{
    private static readonly Order s_order = new(1, "Ada", 10);

    [Fact]
    public async Task Put_Room_IsAccepted()
    {
        await using var orders = new AsyncStream<Order>();
        await using var consumer = orders.Subscribe();

        Assert.Equal(202, await AnswerAsync(orders, s_order));
        Assert.Equal(1, orders.GetSnapshot().ValuesPut);
    }

    [Fact]
    public async Task Put_NoRoomInTime_Answers503_AndPutsNothing()
    {
        await using var orders = new AsyncStream<Order>();
        await using var consumer = orders.Subscribe();
        await orders.PutAsync(s_order);

        Assert.Equal(503, await AnswerAsync(orders, s_order));
        Assert.Equal((1, 0), (orders.GetSnapshot().ValuesPut, orders.GetSnapshot().ValuesWaiting));
    }

    [Fact]
    public async Task Put_StreamClosed_Answers503()
    {
        await using var orders = new AsyncStream<Order>();
        await orders.CloseAsync();

        Assert.Equal(503, await AnswerAsync(orders, s_order));
    }

    [Fact]
    public async Task Put_StreamFaulted_Answers503()
    {
        await using var orders = new AsyncStream<Order>();
        orders.TryFault(new InvalidDataException());

        Assert.Equal(503, await AnswerAsync(orders, s_order));
    }

    [Theory]
    [InlineData(null, 10)]
    [InlineData(" ", 10)]
    [InlineData("Ada", 0)]
    public async Task Put_OrderThatNoConsumerCanHandle_IsRefused_AndPutsNothing(string? customer, int amount)
    {
        await using var orders = new AsyncStream<Order>();
        await using var consumer = orders.Subscribe();

        Assert.Equal(400, await AnswerAsync(orders, new Order(1, customer, amount)));
        Assert.Equal(0, orders.GetSnapshot().ValuesPut);
    }

    private static async Task<int?> AnswerAsync(AsyncStream<Order> orders, Order order)
    {
        IResult answer = await OrderEndpoint.PutAsync(order, orders, TimeSpan.Zero, CancellationToken.None);
        var result = Assert.IsType<INestedHttpResult>(answer, exactMatch: false).Result;
        return Assert.IsType<IStatusCodeHttpResult>(result, exactMatch: false).StatusCode;
    }
}
