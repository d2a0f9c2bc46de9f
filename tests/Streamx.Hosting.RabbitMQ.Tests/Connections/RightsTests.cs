using Microsoft.Extensions.Logging;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Connections;

/// <summary>Users who have the rights that the README names, and no others.</summary>
public sealed class RightsTests(OneNode broker) : IAsyncDisposable
{
    private const string Password = "secret";

    private readonly TestStream _stream = new(broker.Uri);
    private readonly string _user = $"user-{Guid.NewGuid():N}";

    [Fact]
    public async Task User_WithTheDocumentedRights_CanDoEverything()
    {
        await PermitAsync(configure: @"^test\.");
        var taken = new Taken();
        await using var first = await StartAsync(true, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        await using var second = await StartAsync(true, stream => stream.AddConsumer("b", (_, _) => default));
        await _stream.RegisteredAsync("a", "b");
        await using var producer = await StartAsync(true, _ => { });
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);

        for (var value = 1; value <= 5; value++) await writer.PutAsync(value).AsTask().WithinAsync();
        await writer.FlushAsync().AsTask().WithinAsync();
        await second.StopAsync();
        await producer.Services.GetRequiredService<IStreamxControl>().RetireConsumerAsync(_stream.Name, "b").WithinAsync();
        await writer.PutAsync(6).AsTask().WithinAsync();

        await taken.UntilAsync(6);
        Assert.Equal(Enumerable.Range(1, 6), taken.Values);
        // Not "refused it", as a broker does for a moment while a queue has no leader.
        var refused = new[] { first, second, producer }.SelectMany(pod => pod.Log(LogLevel.Warning)).Where(message => message.Contains("has refused", StringComparison.Ordinal)).ToList();
        Assert.True(refused.Count == 0, string.Join('\n', refused));
    }

    [Fact]
    public async Task UserWithoutTheRightToConfigure_EverythingDeclaredBefore_CanDoEverything()
    {
        await PermitAsync(configure: "^$");
        await DeclareAsync("a");
        var taken = new Taken();
        await using var consumer = await StartAsync(false, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        await _stream.RegisteredAsync("a");
        await using var first = await StartAsync(false, _ => { });
        var writer = first.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        for (var value = 1; value <= 3; value++) await writer.PutAsync(value).AsTask().WithinAsync();
        await using var second = await StartAsync(false, stream => stream.AddProducer("feed", async (puts, token) =>
        {
            for (var value = 4; value <= 6; value++) await puts.PutAsync(value, token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        }));
        await second.StandsByAsync();

        await first.StopAsync();

        await taken.UntilAsync(6);
        Assert.Equal(Enumerable.Range(1, 6), taken.Values);
    }

    [Fact]
    public async Task UserWithoutTheRightToConfigure_QueuesMissing_NamesThemAndGoesOnOnceTheyAreThere()
    {
        await PermitAsync(configure: "^$");
        await DeclareAsync("a");
        await using var consumer = await StartAsync(false, stream => stream.AddConsumer("b", (_, _) => default));

        await consumer.LoggedAsync(
            times: 2,
            "DeclareTopology is false, and the broker has no "
                + $"queue '{_stream.Topology.Values("b")}', no queue '{_stream.Topology.Checkpoint("b")}'. Declare what is missing");
        await DeclareAsync("b");

        await _stream.RegisteredAsync("b");
    }

    [Fact]
    public async Task UserWithoutTheRightToConfigure_DeclareTopology_SaysWhatWasRefused()
    {
        await PermitAsync(configure: "^$");
        await using var consumer = await StartAsync(true, stream => stream.AddConsumer("a", (_, _) => default));

        await consumer.LoggedAsync("ACCESS_REFUSED", $"access to exchange '{_stream.Topology.Data}'");
    }

    public async ValueTask DisposeAsync()
    {
        await broker.Node.EvaluateAsync($"""rabbit_auth_backend_internal:delete_user(<<"{_user}">>, <<"test">>).""");
        await using (var admin = await _stream.AdministerAsync()) await admin.DeleteQueueAsync(_stream.Topology.Inbox);
        await _stream.DisposeAsync();
    }

    /// <summary>Makes the user, with the rights that the README names, but for the one to configure.</summary>
    private Task<string> PermitAsync(string configure)
    {
        string[] rights = [configure, @"^(test\.|amq\.default$)", @"^test\."];
        var texts = rights.Select(right => $"""<<"{right.Replace(@"\", @"\\", StringComparison.Ordinal)}">>""");
        return broker.Node.EvaluateAsync(
            $"""
            rabbit_auth_backend_internal:add_user(<<"{_user}">>, <<"{Password}">>, <<"test">>),
            rabbit_auth_backend_internal:set_permissions(<<"{_user}">>, <<"/">>, {string.Join(", ", texts)}, <<"test">>).
            """);
    }

    private Task DeclareAsync(string consumer)
    {
        var options = new RabbitMqOptions { Uri = broker.Uri, Prefix = _stream.Options.Prefix, Consumers = { consumer } };
        return StreamxRabbitMqTopology.DeclareAsync(_stream.Name, options).WithinAsync();
    }

    private Task<Pod> StartAsync(bool declares, Action<IStreamxBuilder<int>> add) => Pod.StartAsync(
        _stream,
        stream => add(stream.UseRabbitMq(o => (o.UserName, o.Password, o.DeclareTopology) = (_user, Password, declares))),
        o => o.Window = 8);
}
