namespace Streamx.Hosting.Testing.Tests;

/// <summary>Takes its time, on the clock it is given.</summary>
public sealed class Sleeper(TimeProvider time) : IConsumer<int>
{
    public static readonly TimeSpan Delay = TimeSpan.FromMinutes(3);

    public async ValueTask ConsumeAsync(int value, CancellationToken abortToken) => await Task.Delay(Delay, time, abortToken);
}
