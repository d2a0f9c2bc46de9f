namespace OrdersApi.AppHost;

/// <summary>What the Aspire dashboard shows: the web application, and workers that share a stream over RabbitMQ.</summary>
internal static class AppModel
{
    /// <summary>The consumers of WorkerDemo, each a process of its own.</summary>
    private static readonly string[] s_consumers = ["Journal", "Alerts", "Summary"];

    /// <summary>Adds OrdersApi. It needs no container engine.</summary>
    public static IResourceBuilder<ProjectResource> AddOrders(this IDistributedApplicationBuilder builder) =>
        builder.AddProject<Projects.OrdersApi>("orders")
            .WithHttpEndpoint()
            .WithHttpHealthCheck("/healthz/ready")
            .WithLivePage();

    /// <summary>Adds RabbitMQ, which runs in a container, and the workers of WorkerDemo, which start once it is healthy.</summary>
    public static void AddWorkers(this IDistributedApplicationBuilder builder)
    {
        var broker = builder.AddRabbitMQ("broker");
        builder.AddWorker("producer", "producer", broker);
        foreach (var consumer in s_consumers) builder.AddWorker(consumer.ToLowerInvariant(), $"consumer:{consumer}", broker);
    }

    private static void AddWorker(
        this IDistributedApplicationBuilder builder, string name, string role, IResourceBuilder<RabbitMQServerResource> broker) =>
        builder.AddProject<Projects.WorkerDemo>(name)
            .WithHttpEndpoint()
            .WithHttpHealthCheck("/healthz/ready")
            .WithLivePage()
            .WithEnvironment("WorkerDemo__Role", role)
            .WithEnvironment("WorkerDemo__RabbitMq", broker)
            .WaitFor(broker);

    /// <summary>Makes the live page the link of a resource.</summary>
    private static IResourceBuilder<ProjectResource> WithLivePage(this IResourceBuilder<ProjectResource> project) =>
        project.WithUrlForEndpoint("http", url =>
        {
            url.Url = "/streamx";
            url.DisplayText = "Live page";
        });
}
