namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>Which thread runs a slot: none that another value needs, whatever the handler does to it.</summary>
public abstract class SlotThreadTests(RegistrationOrder order) : HostTests(order)
{
    /// <summary>How many values have been handled before those that count.</summary>
    private const int Earlier = 3;

    public sealed class AsWritten() : SlotThreadTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : SlotThreadTests(RegistrationOrder.Reversed);

    public static TheoryData<bool, bool> Ways => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    /// <summary>The values are ready at the same time.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Handler_BlocksItsThread_OthersThatAreReadyAreHandled(bool isInline, bool hasKeys)
    {
        using var blocked = new Blocked();
        using var host = Build(blocked.Handle, isInline, hasKeys);
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await StartAsync(host, writer);

        await writer.PutManyAsync(new[] { 1, 2, 3, 4 }).WithinAsync();
        await blocked.FourthHandled.WithinAsync();
        blocked.Release();

        await EndAsync(host, 4 + Earlier);
    }

    /// <summary>Each value comes while the one before is in hand: its read waited when the handler began to block.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Handler_BlocksItsThread_OthersThatComeLaterAreHandled(bool isInline, bool hasKeys)
    {
        using var blocked = new Blocked();
        using var host = Build(blocked.Handle, isInline, hasKeys);
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await StartAsync(host, writer);

        await writer.PutAsync(1).WithinAsync();
        await blocked.FirstBegun.WithinAsync();
        for (var value = 2; value <= 4; value++) await writer.PutAsync(value).WithinAsync();
        await blocked.FourthHandled.WithinAsync();
        blocked.Release();

        await EndAsync(host, 4 + Earlier);
    }

    /// <summary>All that ran was so short that one thread runs everything.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Handler_BlocksItsThreadAfterManyShortOnes_OthersAreHandled(bool isInline, bool hasKeys)
    {
        const int Short = 8_000;
        using var blocked = new Blocked();
        using var host = Build(blocked.Handle, isInline, hasKeys);
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await StartAsync(host, writer);
        for (var i = 0; i < Short; i += 8) await writer.PutManyAsync(new int[8]).WithinAsync();

        await writer.PutManyAsync(new[] { 1, 2 }).WithinAsync();
        await blocked.FirstBegun.WithinAsync();
        await writer.PutManyAsync(new[] { 3, 4 }).WithinAsync();
        await blocked.FourthHandled.WithinAsync();
        blocked.Release();

        await EndAsync(host, 4 + Earlier + Short);
    }

    [Fact]
    public async Task KeyFunction_BlocksItsThread_TheValueBeforeIsHandled()
    {
        using var blocked = new Blocked();
        using var host = Build(blocked.Handle, isInline: false, hasKeys: true, blocked.KeyOf);
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await StartAsync(host, writer);

        await writer.PutManyAsync(new[] { Blocked.Before, Blocked.WithSlowKey }).WithinAsync();
        await blocked.BeforeHandled.WithinAsync();
        blocked.Release();

        await EndAsync(host, 2 + Earlier);
    }

    /// <summary>The thread that puts is the application's: it must not be kept by a handler.</summary>
    [Fact]
    public async Task Put_SynchronousContinuations_NoHandlerRunsOnItsThread()
    {
        var threads = new Seen<bool>();
        var putting = new ThreadLocal<bool>();
        using var host = Build(
            _ =>
            {
                threads.Add("slots", putting.Value);
                return default;
            },
            isInline: true,
            hasKeys: false);
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await host.StartAsync().WithinAsync();

        for (var value = 1; value <= 20; value++)
        {
            putting.Value = true;
            var put = writer.PutAsync(value);
            putting.Value = false;
            await put.WithinAsync();
            await writer.FlushAsync().WithinAsync();
        }

        await EndAsync(host, 20);
        Assert.Equal(Enumerable.Repeat(false, 20), threads["slots"]);
        putting.Dispose();
    }

    private IHost Build(Func<int, ValueTask> handle, bool isInline, bool hasKeys, Func<int, int>? keyOf = null)
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => (o.Window, o.AllowSynchronousContinuations) = (16, isInline)).AddConsumer("slots", (value, _) => handle(value), o =>
        {
            o.Concurrency = 4;
            if (hasKeys) o.PartitionBy(keyOf ?? (static value => value));
        });
        return builder.Build();
    }

    /// <summary>Has some values handled first: while the consumer starts, no slot runs where a value was read.</summary>
    private static async Task StartAsync(IHost host, IStreamWriter<int> writer)
    {
        await host.StartAsync().WithinAsync();
        for (var i = 0; i < Earlier; i++)
        {
            await writer.PutAsync(0).WithinAsync();
            await writer.FlushAsync().WithinAsync();
        }
    }

    private static async Task EndAsync(IHost host, int count)
    {
        await host.StopAsync().WithinAsync();
        var report = await host.ReportAsync();
        host.AssertEndedWell(report);
        Assert.Equal(count, report.Consumer("slots").Finished);
    }

    /// <summary>The handler of value 1 blocks its thread until it is released, and so does the key function for one value.</summary>
    private sealed class Blocked : IDisposable
    {
        public const int Before = 5;
        public const int WithSlowKey = 6;

        private readonly ManualResetEventSlim _release = new();
        private readonly TaskCompletionSource _firstBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _fourthHandled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _beforeHandled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task FirstBegun => _firstBegun.Task;

        public Task FourthHandled => _fourthHandled.Task;

        public Task BeforeHandled => _beforeHandled.Task;

        public ValueTask Handle(int value)
        {
            if (value == 1)
            {
                _firstBegun.SetResult();
                Wait();
            }

            if (value == 4) _fourthHandled.SetResult();
            if (value == Before) _beforeHandled.SetResult();
            return default;
        }

        public int KeyOf(int value)
        {
            if (value == WithSlowKey) Wait();
            return value;
        }

        public void Release() => _release.Set();

        public void Dispose()
        {
            Release();
            _release.Dispose();
        }

        private void Wait() => Assert.True(_release.Wait(TimeSpan.FromSeconds(30)), "It has not been released.");
    }
}
