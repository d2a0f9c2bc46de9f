namespace Streamx.Hosting.Tests.Chaos;

/// <summary>One stream of a host: its settings, its workers, and what was put into it.</summary>
internal sealed class ChaosStream
{
    private readonly ChaosHost _host;
    private readonly Dice _dice;
    private readonly List<ChaosWriter> _writers = [];
    private readonly List<ChaosProducer> _producers = [];
    private readonly List<ChaosConsumer> _consumers = [];
    private readonly int _window;
    private readonly bool _isInline;
    private readonly bool _stopsHost;
    private readonly NoSubscribers _whenNoSubscribers;
    private readonly bool _takesDeadLetters;
    private readonly TimeSpan _margin;
    private readonly TimeSpan? _drainTimeout;
    private volatile ChaosProducer? _failedProducer;
    private volatile ChaosConsumer? _failedConsumer;

    public ChaosStream(ChaosHost host, int number, Dice dice)
    {
        (_host, _dice, Number) = (host, dice, number);
        _window = dice.OneOf(1, 1, 1 + dice.Below(4), 1 + dice.Below(64));
        _isInline = dice.OneIn(4);
        _stopsHost = host.Ending == ChaosEnding.Completion || dice.OneIn(5);
        _whenNoSubscribers = dice.OneOf(NoSubscribers.Wait, NoSubscribers.Wait, NoSubscribers.Discard, NoSubscribers.Throw);
        _takesDeadLetters = dice.OneIn(2);
        _margin = dice.Milliseconds(100);
        _drainTimeout = dice.OneIn(10) ? TimeSpan.Zero : dice.OneIn(4) ? dice.Milliseconds(200) : null;
    }

    public int Number { get; }

    public string Name => $"s{Number}";

    public IReadOnlyList<ChaosWriter> Writers => _writers;

    public IReadOnlyList<ChaosProducer> Producers => _producers;

    public IReadOnlyList<ChaosConsumer> Consumers => _consumers;

    /// <summary>Whether it accepts values that nobody is subscribed for.</summary>
    public bool Discards => _whenNoSubscribers == NoSubscribers.Discard;

    /// <summary>Whether a worker has failed, before the host was told to end, so that the stream has to fault.</summary>
    /// <remarks>What one throws reaches the framework later, and perhaps not before the stream has closed without its producer.</remarks>
    public bool HasFatalFailure => (_failedProducer is { } producer && !_host.HasClosedWithout(this, producer)) || _failedConsumer is { MayHaveLeft: false };

    public ChaosWriter AddWriter(Dice dice)
    {
        var writer = new ChaosWriter(_host, _writers.Count + 1, dice);
        _writers.Add(writer);
        return writer;
    }

    /// <summary>A worker fails now, and nothing is to be done about it.</summary>
    public void NoteFatal(ChaosConsumer consumer)
    {
        if (!_host.IsEnding) _failedConsumer = consumer;
    }

    /// <inheritdoc cref="NoteFatal(ChaosConsumer)"/>
    public void NoteFatal(ChaosProducer producer)
    {
        if (!_host.IsEnding) _failedProducer = producer;
    }

    /// <summary>Decides which workers it has. Processors put into later streams.</summary>
    public void Plan(IReadOnlyList<ChaosStream> later)
    {
        var producers = _host.Ending is ChaosEnding.Completion or ChaosEnding.Fault ? 1 + _dice.Below(2) : _dice.Below(3);
        for (var i = 0; i < producers; i++) _producers.Add(new ChaosProducer(_host, this, $"p{i}", _dice.Split()));
        var consumers = 1 + _dice.Below(4);
        for (var i = 0; i < consumers; i++)
        {
            var kind = _dice.OneOf(ChaosKind.Delegate, ChaosKind.Handler, ChaosKind.Batches, ChaosKind.Loop, ChaosKind.Processor);
            if (kind == ChaosKind.Processor && later.Count == 0) kind = ChaosKind.Handler;
            var isLatest = _dice.OneIn(6) && (i > 0 || Discards);
            var target = kind == ChaosKind.Processor ? later[_dice.Below(later.Count)] : null;
            _consumers.Add(new ChaosConsumer(_host, this, $"c{i}", kind, isLatest, _dice.Split()) { Output = target, Writer = target?.AddWriter(_dice.Split()) });
        }
    }

    public void Register(IServiceCollection services)
    {
        var streamx = services.AddStreamx<long>(Name, options =>
        {
            options.Window = _window;
            options.AllowSynchronousContinuations = _isInline;
            options.StopHostWhenCompleted = _stopsHost;
            options.WhenNoSubscribers = _whenNoSubscribers;
            options.DrainMargin = _margin;
            options.DrainTimeout = _drainTimeout;
        });
        foreach (var producer in _producers) streamx.AddProducer(producer.Name, producer.ProduceAsync, producer.Configure);
        for (var i = 0; i < _consumers.Count; i++) Register<object>(streamx, _consumers[i], (Number * 4) + i);
        if (_takesDeadLetters) streamx.AddDeadLetterHandler<ChaosDeadLetters>();
    }

    public override string ToString() => string.Join(
        Environment.NewLine,
        [
            $"{Name}: window {_window}, inline {_isInline}, stops host {_stopsHost}, {_whenNoSubscribers}, dead letters {_takesDeadLetters}, {_producers.Count} producers, {_writers.Count} writers",
            .. _consumers.Select(consumer => $"  {consumer}{(consumer.Output is { } output ? $" into {output.Name}" : "")}"),
        ]);

    private static void Register<TSlot>(IStreamxBuilder<long> streamx, ChaosConsumer consumer, int depth)
    {
        if (depth > 0)
        {
            Register<Slot<TSlot>>(streamx, consumer, depth - 1);
            return;
        }

        switch (consumer.Kind)
        {
            case ChaosKind.Delegate:
                streamx.AddConsumer(consumer.Name, (value, token) => new ValueTask(consumer.HandleAsync([value], token)), consumer.Configure);
                break;
            case ChaosKind.Handler:
                streamx.Services.AddScoped(_ => new ChaosHandler<TSlot>(consumer));
                streamx.AddConsumer<ChaosHandler<TSlot>>(consumer.Name, consumer.Configure);
                break;
            case ChaosKind.Batches:
                streamx.Services.AddScoped(_ => new ChaosBatches<TSlot>(consumer));
                streamx.AddBatchConsumer<ChaosBatches<TSlot>>(consumer.Name, consumer.Configure);
                break;
            case ChaosKind.Loop:
                streamx.Services.AddScoped(_ => new ChaosLoop<TSlot>(consumer));
                streamx.AddStreamConsumer<ChaosLoop<TSlot>>(consumer.Name, consumer.Configure);
                break;
            default:
                streamx.Services.AddScoped(_ => new ChaosProcessor<TSlot>(consumer));
                streamx.AddProcessor<long, ChaosProcessor<TSlot>>(consumer.Name, options =>
                {
                    consumer.Configure(options);
                    options.OutputStream = consumer.Output!.Name;
                });
                break;
        }
    }
}
