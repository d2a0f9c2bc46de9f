namespace OrdersApi;

/// <summary>What an order becomes.</summary>
/// <param name="Order">The order's number.</param>
/// <param name="Customer">The customer.</param>
/// <param name="Total">The amount with tax.</param>
internal sealed record Invoice(int Order, string Customer, decimal Total);
