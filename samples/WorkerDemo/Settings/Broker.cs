using Streamx.Hosting.RabbitMQ;

namespace WorkerDemo;

/// <summary>How the sample uses a broker.</summary>
internal static class Broker
{
    /// <summary>Has the stream go over a broker, and wait for the sample's consumers from the first value on, whether they run yet or not.</summary>
    internal static void Connect(this RabbitMqOptions options, string uri)
    {
        options.Uri = new Uri(uri);
        foreach (var consumer in RunRole.AllConsumers) options.Consumers.Add(consumer);
    }
}
