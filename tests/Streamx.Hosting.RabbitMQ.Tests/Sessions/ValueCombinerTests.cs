namespace Streamx.Hosting.RabbitMQ.Tests.Sessions;

/// <summary>Which values go together, and what becomes of them.</summary>
public sealed class ValueCombinerTests
{
    private readonly List<(string Numbers, TaskCompletionSource Confirm)> _sent = [];
    private readonly Lock _order = new();
    private readonly ValueCombiner _combiner;
    private bool _mayCombine = true;

    public ValueCombinerTests() => _combiner = new ValueCombiner(_order, maxBytes: 100, () => _mayCombine, values =>
    {
        var confirm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sent.Add((string.Join(' ', values.Select(value => value.Sequence)), confirm));
        return confirm.Task;
    });

    private IEnumerable<string> Sent => _sent.Select(message => message.Numbers);

    [Fact]
    public async Task Append_NothingUnderWay_GoesAtOnceAlone()
    {
        var first = Append(1);
        Assert.Equal(["1"], Sent);
        _sent[0].Confirm.SetResult();
        await first.WithinAsync();

        _ = Append(2);

        Assert.Equal(["1", "2"], Sent);
    }

    [Fact]
    public async Task Append_WhileAMessageIsUnderWay_WaitsAndGoesTogetherOnceItIsConfirmed()
    {
        var first = Append(1);
        Task[] waiting = [Append(2), Append(3), Append(4)];
        Assert.Equal(["1"], Sent);

        _sent[0].Confirm.SetResult();
        await first.WithinAsync();

        Assert.Equal(["1", "2 3 4"], Sent);
        Assert.All(waiting, one => Assert.False(one.IsCompleted));
        _sent[1].Confirm.SetResult();
        await Task.WhenAll(waiting).WithinAsync();
    }

    [Fact]
    public void Append_ManyInOneCall_GoTogetherAtOnce()
    {
        _ = Append(1, 2, 3);

        Assert.Equal(["1 2 3"], Sent);
    }

    [Fact]
    public async Task Append_MoreThanAMessageTakes_FullMessagesDoNotWait()
    {
        var first = Append(1);

        // Each takes 26 bytes: three fit into a message of 100.
        var rest = AppendSized(20, 2, 3, 4, 5, 6, 7, 8);

        Assert.Equal(["1", "2 3 4", "5 6 7"], Sent);
        foreach (var (_, confirm) in _sent.ToArray()) confirm.SetResult();
        await first.WithinAsync();
        await Until.TrueAsync(() => Sent.Contains("8"));
        Assert.False(rest.IsCompleted);
        _sent[^1].Confirm.SetResult();
        await rest.WithinAsync();
    }

    [Fact]
    public void Append_ValueThatFillsAMessage_GoesAtOnceAndAloneBehindWhatWaits()
    {
        _ = Append(1);
        _ = Append(2);
        _ = AppendSized(5000, 3);
        _ = AppendSized(5000, 4);
        _ = Append(5);

        Assert.Equal(["1", "2", "3", "4"], Sent);
    }

    [Fact]
    public void Append_EarlierVersionHasCome_WhatWaitsGoesOneByOneAndNothingWaitsAnyMore()
    {
        _ = Append(1);
        _ = Append(2);
        _ = Append(3);

        _mayCombine = false;
        _ = Append(4);
        _ = Append(5);

        Assert.Equal(["1", "2", "3", "4", "5"], Sent);
    }

    [Fact]
    public async Task Confirm_EarlierVersionHasComeMeanwhile_WhatWaitsGoesOneByOne()
    {
        var first = Append(1);
        var waiting = Append(2);
        _ = Append(3);
        _mayCombine = false;

        _sent[0].Confirm.SetResult();
        await first.WithinAsync();

        Assert.Equal(["1", "2", "3"], Sent);
        _sent[1].Confirm.SetResult();
        Assert.False(waiting.IsCompleted);
        _sent[2].Confirm.SetResult();
        await waiting.WithinAsync();
    }

    [Fact]
    public async Task Confirm_Refused_NoValueOfTheMessageIsAccepted()
    {
        var first = Append(1);
        Task[] waiting = [Append(2), Append(3)];
        _sent[0].Confirm.SetResult();
        await first.WithinAsync();

        _sent[1].Confirm.SetException(new TransportException("No room."));

        foreach (var one in waiting) Assert.Equal("No room.", (await Assert.ThrowsAsync<TransportException>(() => one.WithinAsync())).Message);
    }

    [Fact]
    public async Task Confirm_LostWhileValuesWait_TheyAreSentAndFailWithTheConnection()
    {
        var first = Append(1);
        var waiting = Append(2);

        _sent[0].Confirm.SetException(new TransportException("Lost."));

        await Assert.ThrowsAsync<TransportException>(() => first.WithinAsync());
        Assert.Equal(["1", "2"], Sent);
        _sent[1].Confirm.SetException(new TransportException("Lost."));
        await Assert.ThrowsAsync<TransportException>(() => waiting.WithinAsync());
    }

    [Fact]
    public void Append_NumbersThatDoNotFollowOneAnother_GoApart()
    {
        _ = Append(1);
        _ = Append(2);

        _ = Append(9);

        Assert.Equal(["1", "2"], Sent);
    }

    private Task Append(params int[] numbers) => AppendSized(1, numbers);

    private Task AppendSized(int bytes, params int[] numbers)
    {
        lock (_order) return _combiner.AppendLocked([.. numbers.Select(number => new StreamMessage(MessageTypes.Value, 1, number, new byte[bytes]))]);
    }
}
