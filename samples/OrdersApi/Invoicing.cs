using Streamx;
using Streamx.Hosting;

namespace OrdersApi;

/// <summary>Makes an invoice of each order. Its put waits for the consumers of the invoices, and so does the client's.</summary>
internal sealed class Invoicing : IProcessor<Order, Invoice>
{
    private const decimal TaxFactor = 1.19m;

    /// <inheritdoc/>
    public async Task ProcessAsync(Order value, IStreamWriter<Invoice> output, CancellationToken abortToken) =>
        await output.PutAsync(new Invoice(value.Number, value.Customer!, Math.Round(value.Amount * TaxFactor, 2)), abortToken);
}
