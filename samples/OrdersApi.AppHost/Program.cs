using OrdersApi.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
builder.AddOrders();
builder.AddWorkers();
await builder.Build().RunAsync();
