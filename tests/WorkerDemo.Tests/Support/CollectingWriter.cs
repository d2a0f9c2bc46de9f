using Streamx;

namespace WorkerDemo.Tests.Support;

/// <summary>A stream that keeps what is put into it, and says how many there are.</summary>
internal sealed class CollectingWriter(Action<int> putDone) : IStreamWriter<HostEvent>
{
    internal List<HostEvent> Values { get; } = [];

    public ValueTask PutAsync(HostEvent value, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Values.Add(value);
        putDone(Values.Count);
        return default;
    }

    public bool TryPut(HostEvent value) => throw new NotSupportedException();

    public async ValueTask PutManyAsync(ReadOnlyMemory<HostEvent> values, CancellationToken cancellationToken = default)
    {
        for (var i = 0; i < values.Length; i++) await PutAsync(values.Span[i], cancellationToken);
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
