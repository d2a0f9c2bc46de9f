using Microsoft.AspNetCore.Http.HttpResults;
using Streamx;

namespace OrdersApi;

/// <summary>Takes orders over HTTP and puts them into the stream.</summary>
internal static class OrderEndpoint
{
    /// <summary>Maps <c>POST /orders</c>.</summary>
    internal static void MapOrders(this WebApplication app)
    {
        // How long a request may wait for room. Keep it below the timeout of the clients and of proxies.
        var timeout = app.Configuration.GetValue("Orders:PutTimeout", TimeSpan.FromSeconds(2));
        app.MapPost("/orders", (Order order, IStreamWriter<Order> orders, CancellationToken aborted) =>
            PutAsync(order, orders, timeout, aborted));
    }

    /// <summary>Puts one order.</summary>
    internal static async Task<Results<Accepted, BadRequest<string>, StatusCodeHttpResult>> PutAsync(
        Order order, IStreamWriter<Order> orders, TimeSpan timeout, CancellationToken aborted)
    {
        // A value that no consumer can handle would stop the stream for everyone: refuse it here.
        if (order.FindProblem() is { } problem) return TypedResults.BadRequest(problem);
        try
        {
            return await orders.TryPutAsync(order, timeout, aborted)
                ? TypedResults.Accepted((string?)null)      // every consumer will get it
                : TypedResults.StatusCode(503);             // no room in time: no consumer gets it
        }
        catch (Exception error) when (error is StreamClosedException or StreamFaultedException)
        {
            return TypedResults.StatusCode(503);            // the host is stopping, or a worker has failed for good
        }
    }
}
