using System.Collections.Concurrent;

namespace Streamx.Hosting.Tests.Telemetry;

/// <summary>A consumer that holds each value until the test lets it go on.</summary>
internal sealed class Held
{
    private readonly ConcurrentDictionary<int, Signal> _released = new();
    private readonly ConcurrentDictionary<int, Signal> _entered = new();

    /// <summary>Finishes a value, also one that has not come yet.</summary>
    public void Release(int value) => Of(_released, value).Set();

    /// <summary>Waits until the consumer's code has got a value: a little after the stream has given it.</summary>
    public Task EnteredAsync(int value) => Of(_entered, value).WaitAsync();

    public async ValueTask ConsumeAsync(int value, CancellationToken abortToken)
    {
        Of(_entered, value).Set();
        await Of(_released, value).WaitAsync(abortToken);
    }

    private static Signal Of(ConcurrentDictionary<int, Signal> signals, int value) => signals.GetOrAdd(value, _ => new Signal());
}
