namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>Keys that cannot be computed, and keys that change once their value has been handled.</summary>
public abstract class SlotKeyTests(RegistrationOrder order) : HostTests(order)
{
    private readonly HeldCalls _calls = new();

    public sealed class AsWritten() : SlotKeyTests(RegistrationOrder.AsWritten);

    public sealed class Reversed() : SlotKeyTests(RegistrationOrder.Reversed);

    [Fact]
    public async Task KeyFunctionThrows_Restart_FaultsTheStreamWithoutRestarts()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.Window = 4).AddFeed(5).AddConsumer("slots", (_, _) => default, o =>
        {
            (o.Concurrency, o.OnFailure, o.Restart) = (2, ConsumerFailure.Restart, PolicyHost.AtOnce(3));
            o.PartitionBy((int value) => value == 3 ? throw new FormatException("no key") : value);
        });
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertFaulted(report, "no key");
        Assert.Equal(0, host.Consumer("slots").Restarts);
        Assert.Equal(1, report.Consumer("slots").Aborted);
    }

    [Fact]
    public async Task KeyFunctionThrows_InASlotWhoseHandlerOnceCouldNotBeBuilt_SkipsTheValue()
    {
        var built = 0;
        var builder = CreateBuilder();
        builder.Services.AddScoped(_ => ++built == 2 ? throw new InvalidOperationException("no room") : new Held(_calls));
        builder.Services.AddStreamx<int>(o => o.Window = 4).AddConsumer<Held>("slots", o =>
        {
            (o.Concurrency, o.OnFailure, o.Retry) = (2, ConsumerFailure.Skip, PolicyHost.AtOnce(1));
            o.PartitionBy((int value) => value == 3 ? throw new FormatException("no key") : value);
        });
        using var host = builder.Build();
        var writer = host.Services.GetRequiredService<IStreamWriter<int>>();
        await host.StartAsync().WithinAsync();
        await writer.PutAsync(1).WithinAsync();
        await _calls.UntilInHandAsync(1);
        await writer.PutAsync(2).WithinAsync();
        await _calls.UntilInHandAsync(1, 2);
        _calls.End(2);

        await writer.PutAsync(3).WithinAsync();
        await host.UntilAsync(status => status.Stream.State == StreamState.Faulted || status.Consumers[0].ValuesSkipped == 1);
        _calls.Open();
        await host.StopAsync().WithinAsync();

        var report = await host.ReportAsync();
        host.AssertEndedWell(report);
        Assert.Equal((2, 1), (report.Consumer("slots").Finished, report.Consumer("slots").Skipped));
    }

    [Fact]
    public async Task Key_ThrowsOnceItsValueIsHandled_TheNextValuesAreHandled()
    {
        var builder = CreateBuilder();
        builder.Services.AddStreamx<Key>(o => (o.Window, o.StopHostWhenCompleted) = (4, true))
            .AddProducer("feed", async (stream, token) =>
            {
                for (var i = 1; i <= 20; i++) await stream.PutAsync(new Key { Number = i }, token);
            })
            .AddConsumer(
                "slots",
                (key, _) =>
                {
                    key.IsDisposed = true;
                    return default;
                },
                o =>
                {
                    o.Concurrency = 2;
                    o.PartitionBy((Key key) => key);
                });
        using var host = builder.Build();

        var report = await host.RunToReportAsync();

        host.AssertEndedWell(report);
        Assert.Equal(20, report.Consumer("slots").Finished);
    }

    [Fact]
    public void Key_ChangesBeforeItIsForgotten_NoOtherKeyHasItsNumber()
    {
        var table = new KeyTable<Key, Key>(key => key);
        var changing = new Key { Number = 1 };
        var number = table.NumberOf(changing);

        changing.Number = 2;
        table.Forget(number);
        changing.Number = 1;
        var other = table.NumberOf(new Key { Number = 3 });

        Assert.Equal(number, other);
        Assert.NotEqual(other, table.NumberOf(new Key { Number = 1 }));
    }

    internal sealed class Held(HeldCalls calls) : IConsumer<int>
    {
        public ValueTask ConsumeAsync(int value, CancellationToken abortToken) => calls.HandleAsync(value, abortToken);
    }

    /// <summary>A key that can change, and that cannot be compared once it is disposed of.</summary>
    internal sealed class Key : IEquatable<Key>
    {
        public int Number { get; set; }

        public bool IsDisposed { get; set; }

        public bool Equals(Key? other)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return other?.Number == Number;
        }

        public override bool Equals(object? obj) => Equals(obj as Key);

        public override int GetHashCode()
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return Number;
        }
    }
}
