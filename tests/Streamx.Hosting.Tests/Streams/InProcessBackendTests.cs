using Streamx.TestUtilities.Backends;

namespace Streamx.Hosting.Tests.Streams;

/// <summary>The contract where everybody is in one process.</summary>
public sealed class InProcessBackendTests : StreamBackendContract
{
    private const string Name = "numbers";

    private protected override async Task<Stage> StartAsync(
        Action<StreamxOptions> configure, Func<IStreamWriter<int>, CancellationToken, Task>? produce, params (string Name, Action<IStreamxBuilder<int>> Add)[] consumers)
    {
        var pod = Pod.Build(
            Name,
            stream =>
            {
                if (produce is not null) stream.AddProducer("feed", produce);
                foreach (var (_, add) in consumers) add(stream);
            },
            configure);
        await pod.StartAsync();
        return new Stage(Name, pod, consumers.ToDictionary(consumer => consumer.Name, _ => pod));
    }
}
