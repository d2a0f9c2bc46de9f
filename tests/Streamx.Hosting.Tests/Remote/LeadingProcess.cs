using System.Text;
using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>The producers of one process, without a host around them.</summary>
internal sealed class LeadingProcess
{
    internal LeadingProcess(InMemoryStore store, string name, int window, RetryOptions? reconnect = null, long maxBytes = long.MaxValue)
    {
        if (reconnect is not null) Host = new RecordingEvents { Reconnect = reconnect };
        Transport = store.CreateProcess(name);
        Producers = new LeaderLoop(Transport, Host, window, store.Clock, maxBytes);
        Run = Producers.RunAsync([], CancellationToken.None);
    }

    public RecordingEvents Host { get; } = new();

    public InMemoryTransport Transport { get; }

    public LeaderLoop Producers { get; }

    /// <summary>Ends when there is nothing more to lead for.</summary>
    public Task Run { get; }

    /// <summary>Puts a value: ends as the put does.</summary>
    public Task PutAsync(string value, CancellationToken cancellationToken = default)
    {
        var put = new RemotePut(Encoding.UTF8.GetBytes(value), NoPutObserver.Instance, trace: null);
        Assert.True(Producers.TryQueue([put], cancellationToken));
        return put.Task;
    }

    /// <summary>Puts values as one call: ends as the call does.</summary>
    public Task PutManyAsync(params string[] values)
    {
        var call = new RemotePutMany(values.Length, NoPutObserver.Instance, trace: null, (_, error) => error);
        Assert.True(Producers.TryQueue([.. values.Select(value => new RemotePut(Encoding.UTF8.GetBytes(value), call, trace: null))], CancellationToken.None));
        return call.Task;
    }

    /// <summary>Whether a value could be put without a wait.</summary>
    public bool TryPut(string value) =>
        Producers.TryAppend(new RemotePut(Encoding.UTF8.GetBytes(value), NoPutObserver.Instance, trace: null));
}
