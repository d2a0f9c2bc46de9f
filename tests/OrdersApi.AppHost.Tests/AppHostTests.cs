using System.Net;
using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace OrdersApi.AppHost.Tests;

/// <summary>The Aspire application model of OrdersApi.AppHost, and its web application run by Aspire's orchestrator.</summary>
public class AppHostTests
{
    [Fact]
    public async Task Workers_EachHasItsRole_TheBrokersAddress_AndWaitsForTheBroker()
    {
        var builder = CreateBuilder();
        builder.AddOrders();
        builder.AddWorkers();

        var broker = Assert.Single(builder.Resources.OfType<RabbitMQServerResource>());
        Dictionary<string, string?> roles = [];
        foreach (var worker in builder.Resources.OfType<ProjectResource>().Where(project => project.Name != "orders"))
        {
            var environment = await EnvironmentAsync(worker);
            roles.Add(worker.Name, environment["WorkerDemo__Role"] as string);
            Assert.Same(broker, Assert.IsType<ConnectionStringReference>(environment["WorkerDemo__RabbitMq"]).Resource);
            Assert.Contains(
                worker.Annotations.OfType<WaitAnnotation>(),
                wait => wait.Resource == broker && wait.WaitType == WaitType.WaitUntilHealthy);
        }

        Assert.Equal(
            new()
            {
                ["producer"] = "producer",
                ["journal"] = "consumer:Journal",
                ["alerts"] = "consumer:Alerts",
                ["summary"] = "consumer:Summary",
            },
            roles);
        Assert.Empty(builder.Resources.Single(resource => resource.Name == "orders").Annotations.OfType<WaitAnnotation>());
    }

    [Fact]
    [Trait("Length", "long")]
    public async Task Orders_RunByTheOrchestrator_AreHealthy_TakeAnOrder_AndLinkToTheLivePage()
    {
        var folder = Directory.CreateTempSubdirectory("streamx-apphost-");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var builder = CreateBuilder();
        builder.AddOrders().WithEnvironment("Orders__Database", Path.Combine(folder.FullName, "orders.db"));
        await using var app = builder.Build();

        await app.StartAsync(limit.Token);
        var orders = await app.ResourceNotifications.WaitForResourceHealthyAsync("orders", limit.Token);
        var link = Assert.Single(orders.Snapshot.Urls, url => url.DisplayProperties.DisplayName == "Live page");
        using var client = new HttpClient();
        var page = await client.GetStringAsync(new Uri(link.Url), limit.Token);
        using var answer = await client.PostAsJsonAsync(
            new Uri(new Uri(link.Url), "/orders"), new { number = 1, customer = "Ada", amount = 10 }, limit.Token);
        await app.StopAsync(limit.Token);
        folder.Delete(recursive: true);

        Assert.EndsWith("/streamx", link.Url, StringComparison.Ordinal);
        Assert.Contains("main.js", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    private static IDistributedApplicationBuilder CreateBuilder() => DistributedApplication.CreateBuilder(
        new DistributedApplicationOptions { AssemblyName = typeof(AppModel).Assembly.GetName().Name, DisableDashboard = true });

    private static async Task<Dictionary<string, object>> EnvironmentAsync(ProjectResource project)
    {
        var context = new EnvironmentCallbackContext(new DistributedApplicationExecutionContext(DistributedApplicationOperation.Publish), project);
        foreach (var annotation in project.Annotations.OfType<EnvironmentCallbackAnnotation>()) await annotation.Callback(context);
        return context.EnvironmentVariables;
    }
}
