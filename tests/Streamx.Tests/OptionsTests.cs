using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void AsyncStreamOptions_New_HasTheDocumentedDefaults()
    {
        var options = new AsyncStreamOptions();

        Assert.Null(options.Name);
        Assert.Equal(1, options.Window);
        Assert.Equal(NoSubscribers.Wait, options.WhenNoSubscribers);
        Assert.False(options.AllowSynchronousContinuations);
        Assert.Same(TimeProvider.System, options.TimeProvider);
    }

    [Fact]
    public void SubscriptionOptions_New_HasTheDocumentedDefaults()
    {
        var options = new SubscriptionOptions();

        Assert.Null(options.Name);
        Assert.Equal(SubscriptionMode.Every, options.Mode);
    }

    [Fact]
    public void AsyncStream_NoOptions_IsStrictLockStepAndNamedAfterTheValueType()
    {
        var stream = new AsyncStream<DateOnly>();

        Assert.Equal(nameof(DateOnly), stream.Name);
        Assert.Equal(1, stream.Window);
        Assert.Equal(StreamState.Open, stream.State);
        Assert.Equal(0, stream.SubscriptionCount);
    }

    [Fact]
    public void AsyncStream_NameAndWindow_AreTheGivenOnes()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Name = "orders", Window = 1_048_576 });

        Assert.Equal("orders", stream.Name);
        Assert.Equal(1_048_576, stream.Window);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_048_577)]
    [InlineData(int.MinValue)]
    public void AsyncStream_WindowOutOfRange_IsRefusedByName(int window)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new AsyncStream<int>(new AsyncStreamOptions { Window = window }));

        Assert.Contains("Window must be between 1 and 1048576", error.Message, StringComparison.Ordinal);
        Assert.Equal(window, error.ActualValue);
        Assert.Equal("options", error.ParamName);
    }

    [Fact]
    public void AsyncStream_WhenNoSubscribersUndefined_IsRefusedByName()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => new AsyncStream<int>(new AsyncStreamOptions { WhenNoSubscribers = (NoSubscribers)3 }));

        Assert.Contains("WhenNoSubscribers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AsyncStream_NoClock_IsRefusedByName()
    {
        var error = Assert.Throws<ArgumentNullException>(() => new AsyncStream<int>(new AsyncStreamOptions { TimeProvider = null! }));

        Assert.Contains("TimeProvider", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AsyncStream_NullOptions_AreRefused()
    {
        var error = Assert.Throws<ArgumentNullException>(() => new AsyncStream<int>(null!));

        Assert.Equal("options", error.ParamName);
    }

    [Fact]
    public async Task AsyncStream_OptionsChangedLater_AreNotReadAgain()
    {
        var options = new AsyncStreamOptions { Name = "before", Window = 2 };
        var stream = new AsyncStream<int>(options);
        await using var subscription = stream.Subscribe();

        options.Name = "after";
        options.Window = 1;
        options.WhenNoSubscribers = NoSubscribers.Discard;

        Assert.Equal("before", stream.Name);
        Assert.True(stream.TryPut(1) && stream.TryPut(2));
        await subscription.DisposeAsync();
        Assert.False(stream.TryPut(3));
    }

    [Fact]
    public void Subscribe_WithoutNames_NumbersThem()
    {
        var stream = new AsyncStream<int>();

        var names = new[] { stream.Subscribe(), stream.Subscribe("mine"), stream.Subscribe(new SubscriptionOptions()), stream.Subscribe() }
            .Select(subscription => subscription.Name);

        Assert.Equal(["subscription-1", "mine", "subscription-2", "subscription-3"], names);
    }

    [Fact]
    public void Subscribe_SameNameTwice_IsAllowed()
    {
        var stream = new AsyncStream<int>();

        stream.Subscribe("twin");
        stream.Subscribe("twin");

        Assert.Equal(["twin", "twin"], stream.GetSnapshot().Subscriptions.Select(subscription => subscription.Name));
    }

    [Fact]
    public void Subscribe_BadOptions_AreRefusedAndNothingJoins()
    {
        var stream = new AsyncStream<int>();

        Assert.Throws<ArgumentNullException>(() => stream.Subscribe((SubscriptionOptions)null!));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => stream.Subscribe(new SubscriptionOptions { Mode = (SubscriptionMode)2 }));

        Assert.Contains("Mode", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, stream.SubscriptionCount);
    }

    [Fact]
    public void Exceptions_AreWhatTheContractSays()
    {
        var inner = new FormatException("inner");

        Assert.IsAssignableFrom<InvalidOperationException>(new StreamClosedException());
        Assert.Same(inner, new StreamFaultedException("outer", inner).InnerException);
        Assert.Same(inner, new StreamClosedException("outer", inner).InnerException);
        Assert.Equal("outer", new StreamClosedException("outer").Message);
        Assert.Equal("outer", new StreamFaultedException("outer").Message);
        Assert.NotEmpty(new StreamFaultedException().Message);
    }

    [Fact]
    public async Task Window_LargestPossible_CostsMemoryOnlyOnceUsed()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var stream = new AsyncStream<long>(new AsyncStreamOptions { Window = 1_048_576 });
        var subscription = stream.Subscribe();
        for (var value = 0; value < 8; value++) Assert.True(stream.TryPut(value));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 64 * 1024);
        await subscription.DisposeAsync().WithinAsync();
    }
}
