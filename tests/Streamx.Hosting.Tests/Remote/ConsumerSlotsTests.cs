using System.Globalization;
using Streamx.Hosting.Tests.Concurrency;
using Streamx.Hosting.Tests.Simulation;
using Streamx.TestUtilities.Backends;
using Streamx.TestUtilities.Clocks;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Remote;

/// <summary>What becomes of the values of a consumer with slots, step by step: its position, its session's fence, what comes again.</summary>
[Collection(SimulationCollection.Name)]
public sealed class ConsumerSlotsTests
{
    private readonly SimulatedClock _clock = new();
    private readonly InMemoryStore _store;
    private readonly Dictionary<string, HeldCalls> _calls = [];

    /// <summary>What was handled: by which process, what, and whether it may have been handled before.</summary>
    private readonly List<string> _handled = [];

    public ConsumerSlotsTests() =>
        _store = new InMemoryStore(_clock) { Lease = TimeSpan.FromMilliseconds(30), HoldLimit = TimeSpan.FromMilliseconds(1000) };

    [Fact]
    public async Task Position_NewerValuesFinished_IsThatOfTheOldestUnfinished()
    {
        await using var lead = await LeadAsync();
        await using var pod = await StartAsync("one");
        await AppendAsync(lead, 4);
        Assert.Equal([1, 2, 3], _calls["one"].InHand);

        await EndAsync("one", 2, 3);
        var behindTheGap = _store.PositionOf("a");
        await EndAsync("one", 1);
        var without = _store.PositionOf("a");
        await EndAsync("one", 4);

        Assert.Equal((0, 3, 4), (behindTheGap, without, _store.PositionOf("a")));
    }

    [Fact]
    public async Task Process_KilledBehindAGap_AllFromTheGapOnComesAgainAndIsMarked()
    {
        await using var lead = await LeadAsync();
        await using var first = await StartAsync("one");
        await using var second = await StartAsync("two");
        await AppendAsync(lead, 4);
        await EndAsync("one", 2, 3);
        _calls["two"].Open();

        Process("one").Kill();
        await _clock.UntilAsync(() => _store.PositionOf("a") == 4);

        Assert.Equal(["one 1", "one 2", "one 3", "one 4", "two 1 again", "two 2 again", "two 3 again", "two 4 again"], _handled);
    }

    [Fact]
    public async Task Session_Lost_NoSlotBeginsAnotherValueOfIt()
    {
        await using var lead = await LeadAsync();
        await using var first = await StartAsync("one");
        await using var second = await StartAsync("two");
        await AppendAsync(lead, 6);
        _calls["two"].Open();

        Process("one").Disconnect();
        await _clock.UntilAsync(() => _store.PositionOf("a") == 6);
        await EndAsync("one", 1, 2, 3);

        Assert.Equal(["one 1", "one 2", "one 3"], _handled.Where(value => value.StartsWith("one", StringComparison.Ordinal)));
        Assert.Equal(["two 1 again", "two 2 again", "two 3 again"], _handled.Where(value => value.StartsWith("two", StringComparison.Ordinal)).Take(3));
        Assert.Equal(9, _handled.Count);
    }

    [Fact]
    public async Task Session_Lost_ValueWithoutItsKeyGetsNoDeadLetterHere()
    {
        await using var lead = await LeadAsync();
        await using var first = await StartAsync("one", o =>
        {
            o.OnFailure = ConsumerFailure.Skip;
            o.PartitionBy((int value) => value == 4 ? throw new FormatException("no key") : value);
        });
        await using var second = await StartAsync("two");
        await AppendAsync(lead, 4);
        _calls["two"].Open();

        Process("one").Disconnect();
        await _clock.UntilAsync(() => _store.PositionOf("a") == 4);
        await EndAsync("one", 1, 2, 3);

        Assert.Empty(_letters);
        Assert.Equal((0L, 0L), (first.Status.Consumers[0].ValuesDeadLettered, first.Status.Consumers[0].ValuesSkipped));
        Assert.Contains("two 4 again", _handled);
    }

    [Fact]
    public async Task Current_InEachSlot_IsTheDeliveryOfItsValue()
    {
        await using var lead = await LeadAsync();
        await using var pod = await StartAsync("one");
        await AppendAsync(lead, 3);

        await EndAsync("one", 3, 1, 2);

        Assert.Equal(["1 is 1", "2 is 2", "3 is 3"], _deliveries.Order());
    }

    private readonly List<string> _deliveries = [];

    private readonly List<int> _letters = [];

    private readonly Dictionary<string, InMemoryTransport> _processes = [];

    private InMemoryTransport Process(string name) => _processes[name];

    private async Task EndAsync(string process, params int[] values)
    {
        foreach (var value in values)
        {
            _calls[process].End(value);
            await OneThread.IdleAsync();
        }
    }

    private async Task<ILeadSession> LeadAsync()
    {
        await _store.CreateProcess().RegisterAsync(["a"], default);
        var lead = await _store.CreateProcess("leader").LeadAsync([], default);
        await lead.BeginAsync(lead.HighestReceived + 1);
        return lead;
    }

    private static async Task AppendAsync(ILeadSession lead, int last)
    {
        for (var value = 1; value <= last; value++) await lead.AppendAsync(new TransportValue(value, new byte[] { 0, 0, 0, (byte)value }));
        await OneThread.IdleAsync();
    }

    private async Task<Pod> StartAsync(string name, Action<ConsumerOptions>? configure = null)
    {
        await Task.Yield();
        var calls = _calls[name] = new HeldCalls();
        var process = _processes[name] = _store.CreateProcess(name);
        var pod = Pod.Build(
            "numbers",
            stream =>
            {
                stream.Services.AddSingleton<TimeProvider>(_clock);
                stream.Services.AddSingleton(_letters);
                stream.UseInMemory(process).AddDeadLetterHandler<Letters>().AddConsumer(
                    "a",
                    async (value, token) =>
                    {
                        var delivery = StreamxDelivery.Current!;
                        _handled.Add($"{name} {value}{(delivery.IsRedelivered ? " again" : null)}");
                        await calls.HandleAsync(value, token);
                        _deliveries.Add(string.Create(CultureInfo.InvariantCulture, $"{value} is {StreamxDelivery.Current!.Sequence}"));
                    },
                    o =>
                    {
                        o.Concurrency = 3;
                        configure?.Invoke(o);
                    });
            },
            o => o.Window = 8);
        await _clock.UntilAsync(pod.StartAsync());
        return pod;
    }

    internal sealed class Letters(List<int> letters) : IDeadLetterHandler<int>
    {
        public ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken)
        {
            letters.Add(letter.Value);
            return default;
        }
    }
}
