namespace OrdersApi;

/// <summary>What a client posts.</summary>
/// <param name="Number">The order's number, which is unique.</param>
/// <param name="Customer">The customer.</param>
/// <param name="Amount">What has been ordered, without tax.</param>
internal sealed record Order(int Number, string? Customer, decimal Amount)
{
    /// <summary>What is wrong with it; null if nothing is.</summary>
    internal string? FindProblem() =>
        string.IsNullOrWhiteSpace(Customer) ? "An order needs a customer."
        : Amount <= 0 ? "An order needs an amount above zero."
        : null;
}
