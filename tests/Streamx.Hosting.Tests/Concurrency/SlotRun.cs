using Streamx.Hosting.Tests.Chaos;

namespace Streamx.Hosting.Tests.Concurrency;

/// <summary>One short random run of a host with one consumer that has slots, from a seed.</summary>
internal sealed class SlotRun
{
    private readonly Dice _dice;
    private readonly Dice _pauses;
    private readonly SlotRules _rules;
    private readonly int _window;
    private readonly int _slots;
    private readonly int _values;
    private readonly int _keys;
    private readonly int _failures;
    private readonly bool _isBatch;
    private readonly ConsumerFailure _onFailure;
    private readonly SlotRunEnd _end;
    private readonly string _plan;

    internal SlotRun(int seed)
    {
        _dice = new Dice(seed);
        _pauses = _dice.Split();
        _window = 1 + _dice.Below(12);
        _slots = 1 + _dice.Below(Math.Min(_window, 5));
        _values = _dice.Below(40);
        _keys = _dice.Below(5);
        _failures = _dice.OneOf(0, 0, 30, 150);
        _isBatch = _dice.OneIn(3);
        _onFailure = _dice.OneOf(ConsumerFailure.Skip, ConsumerFailure.Restart, ConsumerFailure.Detach, ConsumerFailure.FaultStream);
        _end = _dice.OneOf(Enum.GetValues<SlotRunEnd>());
        _rules = new SlotRules(_slots, _window, KeyOf);
        _plan = $"seed {seed}: {_values} values, window {_window}, {_slots} slots, {_keys} keys, {(_isBatch ? "batches" : "values")}, {_failures} ‰ failures, {_onFailure}, {_end}";
    }

    /// <summary>Runs it, and says what went wrong; null if nothing did.</summary>
    internal async Task<string?> RunAsync()
    {
        var builder = TestHost.CreateBuilder();
        builder.Services.AddSingleton(this);
        using var host = Build(builder);
        try
        {
            await host.StartAsync().WithinAsync();
            var disturbing = DisturbAsync(host);
            await host.StopRequestedAsync();
            await disturbing.WithinAsync();
            await host.StopAsync().WithinAsync();
            var report = await host.ReportAsync();
            report.AssertAddsUp();
            // One that was detached is not waited for.
            await host.TheStream().FindConsumer("slots")!.Run.WithinAsync();
            Assert.Empty(_rules.Broken);
            var consumer = report.Consumer("slots");
            if (_end == SlotRunEnd.Completion && _failures == 0) Assert.Equal(_values, consumer.Finished);
            return null;
        }
        catch (Exception error)
        {
            return $"{_plan}: {error.Message}\n{Describe(host)}\n{error.StackTrace}";
        }
    }

    /// <summary>Handles an item: a moment or two, and sometimes it fails.</summary>
    internal async ValueTask HandleAsync(int[] values, CancellationToken abortToken)
    {
        _rules.Begin(values);
        for (var moments = _pauses.Below(4); moments > 0; moments--) await Task.Yield();
        abortToken.ThrowIfCancellationRequested();
        if (_pauses.Permille(_failures)) throw new InvalidOperationException($"{values[0]} failed");
        foreach (var value in values) _rules.Settle(value);
    }

    private int? KeyOf(int value) => _keys == 0 || value % 7 == 0 ? null : value * 7919 % 31 % _keys;

    private IHost Build(HostApplicationBuilder builder)
    {
        var streamx = builder.Services.AddStreamx<int>(o =>
        {
            (o.Window, o.StopHostWhenCompleted) = (_window, true);
            if (_end == SlotRunEnd.Abort) o.DrainTimeout = TimeSpan.Zero;
        });
        streamx.AddProducer("feed", async (stream, token) =>
        {
            for (var value = 1; value <= _values; value++) await stream.PutAsync(value, token);
            if (_end == SlotRunEnd.Abort) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        });
        streamx.AddDeadLetterHandler<Letters>();
        if (_isBatch) streamx.AddBatchConsumer<Batches>("slots", o =>
        {
            (o.MaxBatchSize, o.MaxBatchWait) = (1 + _dice.Below(4), _dice.OneIn(2) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(1));
            Configure(o);
        });
        else streamx.AddConsumer<Handler>("slots", Configure);
        if (_dice.OneIn(2)) streamx.AddConsumer("other", (_, _) => default);
        return builder.Build();
    }

    private void Configure(ConsumerOptions options)
    {
        (options.Concurrency, options.OnFailure, options.ScopePerValue) = (_slots, _onFailure, _dice.OneIn(2));
        (options.Retry, options.Restart) = (PolicyHost.AtOnce(_dice.Below(3)), new RetryOptions { MaxAttempts = int.MaxValue, Delay = TimeSpan.Zero });
        if (_keys > 0) options.PartitionBy((int value) => KeyOf(value));
    }

    private async Task DisturbAsync(IHost host)
    {
        for (var moments = _dice.Below(20); moments > 0; moments--) await Task.Yield();
        if (_end is SlotRunEnd.Stop or SlotRunEnd.Abort) host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        if (_end is not (SlotRunEnd.Detach or SlotRunEnd.Attach)) return;
        var control = host.Services.GetRequiredService<IStreamxControl>();
        try
        {
            if (!control.DetachConsumer("Int32", "slots") || _end == SlotRunEnd.Detach) return;
            await host.TheStream().FindConsumer("slots")!.Run.WithinAsync();
            _rules.Leave();
            control.AttachConsumer("Int32", "slots");
        }
        catch (InvalidOperationException)
        {
            // It is the last, or the stream has ended.
        }
    }

    private static string Describe(IHost host)
    {
        var stream = host.Status();
        var consumers = stream.Consumers.Select(consumer => $"{consumer.Name}: {consumer.State}, {consumer.ValuesFinished} finished, {consumer.Subscription}");
        return $"{stream.Stream.State}, {stream.Stream.ValuesPut} put, {stream.Stream.ValuesWaiting} waiting; {string.Join("; ", consumers)}";
    }

    internal sealed class Handler(SlotRun run) : IConsumer<int>
    {
        public ValueTask ConsumeAsync(int value, CancellationToken abortToken) => run.HandleAsync([value], abortToken);
    }

    internal sealed class Batches(SlotRun run) : IBatchConsumer<int>
    {
        public ValueTask ConsumeAsync(StreamBatch<int> batch, CancellationToken abortToken) => run.HandleAsync(batch.ToArray(), abortToken);
    }

    internal sealed class Letters(SlotRun run) : IDeadLetterHandler<int>
    {
        public async ValueTask HandleAsync(DeadLetter<int> letter, CancellationToken abortToken)
        {
            for (var moments = run._pauses.Below(3); moments > 0; moments--) await Task.Yield();
            if (run._pauses.Permille(run._failures / 5)) throw new InvalidOperationException($"the letter of {letter.Value} failed");
            run._rules.Settle(letter.Value);
        }
    }
}
