using Microsoft.Extensions.Logging;
using Streamx.Hosting.RabbitMQ.Tests.Brokers;

namespace Streamx.Hosting.RabbitMQ.Tests.Faults;

/// <summary>What breaks while values flow: nothing is lost, the order is kept, and the flow goes on.</summary>
public sealed class BreakTests(OneNode broker) : IAsyncDisposable
{
    private const int Count = 600;

    private readonly TestStream _stream = new(broker.Uri);

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task ConsumerQueue_DeletedWhileValuesFlow_WhatItHeldIsPutAgain(int window)
    {
        var (a, b) = (new Taken(), new Taken());
        await using var first = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => a.Add(value)), Window(window));
        await using var second = await Pod.StartAsync(_stream, stream => stream.AddConsumer("b", (value, _) => b.Add(value)), Window(window));
        await using var producer = await ProduceAsync(window, "a", "b");
        await using var admin = await _stream.AdministerAsync();
        await a.UntilAsync(100);

        await admin.DeleteQueueAsync(_stream.Topology.Values("a"));

        await Task.WhenAll(a.UntilAsync(Count), b.UntilAsync(Count));
        a.AssertNothingLost(Count, window);
        b.AssertNothingLost(Count, window);
    }

    [Fact]
    public async Task Value_CannotBeWritten_OnlyItsPutFails()
    {
        var taken = new Taken();
        await using var consumer = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        await using var producer = await Pod.StartAsync(_stream, stream => stream.Services.AddSingleton<IStreamSerializer<int>>(new Fragile(unwritable: 2)));
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await _stream.RegisteredAsync("a");

        await writer.PutAsync(1).AsTask().WithinAsync();
        await Assert.ThrowsAsync<FormatException>(() => writer.PutAsync(2).AsTask().WithinAsync());
        await writer.PutAsync(3).AsTask().WithinAsync();

        await taken.UntilAsync(3);
        Assert.Equal([1, 3], taken.Values);
    }

    [Fact]
    public async Task Value_LargerThanTheLimit_OnlyItsPutFailsAndNothingIsSent()
    {
        var taken = new Taken();
        await using var all = await Pod.StartAsync(_stream, stream =>
        {
            stream.Services.AddSingleton<IStreamSerializer<int>>(new Fragile(large: 2));
            stream.AddConsumer("a", (value, _) => taken.Add(value));
        });
        var writer = all.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);

        await writer.PutAsync(1).AsTask().WithinAsync();
        var sessions = NoSessions(all);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => writer.PutAsync(2).AsTask().WithinAsync());
        await writer.PutAsync(3).AsTask().WithinAsync();

        await taken.UntilAsync(3);
        Assert.Equal([1, 3], taken.Values);
        Assert.Contains("takes 16777217 bytes as it is written; MaxValueBytes allows 16777216", error.Message, StringComparison.Ordinal);
        Assert.Equal(sessions, NoSessions(all));
    }

    [Fact]
    public async Task Value_LargerThanTheConsumerTakes_Skip_IsPassedOver()
    {
        var taken = new Taken();
        await using var consumer = await Pod.StartAsync(_stream, stream => stream
            .UseRabbitMq(o => o.MaxValueBytes = 1024)
            .AddConsumer("a", (value, _) => taken.Add(value), o => o.OnFailure = ConsumerFailure.Skip));
        await using var producer = await Pod.StartAsync(
            _stream, stream => stream.Services.AddSingleton<IStreamSerializer<int>>(new Fragile(large: 2, largeBytes: 1025)));
        var writer = producer.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream.Name);
        await _stream.RegisteredAsync("a");

        for (var value = 1; value <= 3; value++) await writer.PutAsync(value).AsTask().WithinAsync();

        await taken.UntilAsync(3);
        Assert.Equal([1, 3], taken.Values);
        Assert.Equal(1, Assert.Single(consumer.Status.Consumers).ValuesSkipped);
        Assert.Contains(consumer.Log(LogLevel.Error), message => message.Contains("takes 1025 bytes as it was written; MaxValueBytes allows 1024", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Value_CannotBeRead_Skip_IsPassedOver()
    {
        var taken = new Taken();
        await using var consumer = await Pod.StartAsync(_stream, stream =>
        {
            stream.Services.AddSingleton<IStreamSerializer<int>>(new Fragile(unreadable: 2));
            stream.AddConsumer("a", (value, _) => taken.Add(value), o => o.OnFailure = ConsumerFailure.Skip);
        });
        await using var producer = await ProduceAsync(1, "a");

        await taken.UntilAsync(20);

        Assert.Equal([1, .. Enumerable.Range(3, 18)], taken.Values.Take(19));
        Assert.Equal(1, Assert.Single(consumer.Status.Consumers).ValuesSkipped);
        Assert.Contains(consumer.Log(LogLevel.Error), message => message.Contains("cannot read value 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Value_CannotBeRead_ByDefault_EndsTheProcessAndStaysForTheNext()
    {
        var taken = new Taken();
        await using var fragile = await Pod.StartAsync(_stream, stream =>
        {
            stream.Services.AddSingleton<IStreamSerializer<int>>(new Fragile(unreadable: 2));
            stream.AddConsumer("a", (value, _) => taken.Add(value));
        });
        await using var producer = await ProduceAsync(1, "a");

        var report = await fragile.EndAsync();
        await using var next = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (value, _) => taken.Add(value)));
        await taken.UntilAsync(20);

        Assert.Equal(ShutdownOutcome.Faulted, Assert.Single(report.Streams).Outcome);
        Assert.Equal(Enumerable.Range(1, 20), taken.Values.Take(20));
    }

    [Fact]
    public async Task Handler_AlwaysFails_Skip_FlowGoesOn()
    {
        var (a, b) = (new Taken(), new Taken());
        await using var failing = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (_, _) => throw new FormatException("no"), o => o.OnFailure = ConsumerFailure.Skip));
        await using var healthy = await Pod.StartAsync(_stream, stream => stream.AddConsumer("b", (value, _) => b.Add(value)));
        await using var producer = await ProduceAsync(1, "a", "b");

        await b.UntilAsync(50);

        Assert.Equal(Enumerable.Range(1, 50), b.Values.Take(50));
        Assert.Empty(a.Values);
    }

    [Fact]
    public async Task Handler_AlwaysFails_Detach_FlowGoesOnOnceTheNameIsRetired()
    {
        var b = new Taken();
        await using var failing = await Pod.StartAsync(_stream, stream => stream.AddConsumer("a", (_, _) => throw new FormatException("no"), o => o.OnFailure = ConsumerFailure.Detach)
            .AddConsumer("b", (value, _) => b.Add(value)));
        await using var producer = await ProduceAsync(1, "a", "b");
        await b.UntilAsync(1);

        await producer.Services.GetRequiredService<IStreamxControl>().RetireConsumerAsync(_stream.Name, "A").WithinAsync();

        await b.UntilAsync(50);
        Assert.Equal(Enumerable.Range(1, 50), b.Values.Take(50));
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private static int NoSessions(Pod pod) => pod.Log(LogLevel.Warning).Count(message => message.Contains("no session", StringComparison.Ordinal));

    private static Action<StreamxOptions> Window(int window) => o => o.Window = window;

    private async Task<Pod> ProduceAsync(int window, params string[] names)
    {
        await _stream.RegisteredAsync(names);
        return await Pod.StartAsync(
            _stream,
            stream => stream.AddProducer("feed", async (puts, token) =>
            {
                for (var value = 1; value <= Count; value++) await puts.PutAsync(value, token);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }),
            Window(window));
    }
}
