using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>Puts by a handler that has a transaction open in which it has finished its value.</summary>
public sealed class FinishingPutTests
{
    private readonly InMemoryStore _store = new(TimeProvider.System);
    private readonly Taken _taken = new();
    private readonly List<string> _refused = [];

    [Fact]
    public async Task Put_WhileTheTransactionIsOpen_IsRefusedWhereItWouldWaitForIt()
    {
        IServiceProvider? services = null;
        IStreamWriter<int> Writer(string name) => services!.GetRequiredKeyedService<IStreamWriter<int>>(name);
        await using var pod = Pod.Build("numbers", stream =>
        {
            AddOutput(stream.Services, "same", _store);
            AddOutput(stream.Services, "other", blockedBy: null);
            stream.UseInMemory(_store.CreateProcess()).AddProducer("feed", (puts, token) => puts.PutAsync(1, token).AsTask());
            stream.AddConsumer("a", async (_, token) =>
            {
                var (same, other) = (Writer("same"), Writer("other"));
                using (var transaction = _store.BeginTransaction())
                {
                    await StreamxDelivery.FinishCurrentInAsync(transaction, token);
                    await other.PutAsync(10, token);
                    await RefusedAsync(() => same.PutAsync(11, token).AsTask());
                    await RefusedAsync(() => same.PutManyAsync(new[] { 12 }, token).AsTask());
                    await RefusedAsync(() => Task.FromResult(same.TryPut(13)));
                    await RefusedAsync(() => same.FlushAsync(token).AsTask());
                    await transaction.CommitAsync(token);
                }

                await same.PutAsync(14, token);
            });
        });
        services = pod.Services;
        await pod.StartAsync();

        await Task.WhenAll(_taken.UntilAsync(10), _taken.UntilAsync(14));

        Assert.Equal([10, 14], _taken.Values.Order());
        Assert.Equal(4, _refused.Count);
        Assert.All(_refused, message => Assert.StartsWith("A put into stream 'same' would wait for ever", message, StringComparison.Ordinal));
    }

    private void AddOutput(IServiceCollection services, string name, InMemoryStore? blockedBy) => services.AddStreamx<int>(name)
        .UseInMemory(new InMemoryStore(TimeProvider.System) { BlockedBy = blockedBy }.CreateProcess())
        .AddConsumer("b", (value, _) => _taken.Add(value));

    private async Task RefusedAsync(Func<Task> put) => _refused.Add((await Assert.ThrowsAsync<InvalidOperationException>(put)).Message);
}
