using Streamx.Hosting;

namespace OrdersApi;

/// <summary>Stands for a consumer that sends each invoice: here to the log.</summary>
internal sealed partial class Mailer(ILogger<Mailer> logger) : IConsumer<Invoice>
{
    /// <inheritdoc/>
    public ValueTask ConsumeAsync(Invoice value, CancellationToken abortToken)
    {
        Mailed(value.Order, value.Customer);
        return default;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Mailed the invoice of order {Order} to {Customer}.")]
    private partial void Mailed(int order, string customer);
}
