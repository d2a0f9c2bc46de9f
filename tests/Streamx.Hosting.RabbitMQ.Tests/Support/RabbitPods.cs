using Microsoft.Extensions.Options;

namespace Streamx.Hosting.RabbitMQ.Tests.Support;

/// <summary>Hosts that stand for processes whose stream goes over the broker.</summary>
internal static class RabbitPods
{
    extension(Pod pod)
    {
        /// <summary>How its stream is carried.</summary>
        public RabbitMqOptions Options => pod.Services.GetRequiredService<IOptionsMonitor<RabbitMqOptions>>().Get(pod.Stream);

        public static Pod Build(TestStream stream, Action<IStreamxBuilder<int>> add, Action<StreamxOptions>? configure = null, params (string Key, string? Value)[] configuration) => Pod.Build(
            stream.Name,
            builder => add(builder.UseRabbitMq(o =>
            {
                o.Uri = stream.Options.Uri;
                o.Prefix = stream.Options.Prefix;
                o.Heartbeat = stream.Options.Heartbeat;
                o.FailFast = stream.Options.FailFast;
            })),
            configure,
            configuration);

        /// <summary>Starts one.</summary>
        /// <param name="stream">Its stream.</param>
        /// <param name="add">Registers its workers.</param>
        /// <param name="configure">Sets the stream's options.</param>
        /// <param name="instance">What it is called.</param>
        public static async Task<Pod> StartAsync(TestStream stream, Action<IStreamxBuilder<int>> add, Action<StreamxOptions>? configure = null, string? instance = null)
        {
            var process = Pod.Build(stream, add, configure, ($"Streamx:{stream.Name}:RabbitMq:InstanceId", instance));
            await process.StartAsync();
            return process;
        }
    }
}
