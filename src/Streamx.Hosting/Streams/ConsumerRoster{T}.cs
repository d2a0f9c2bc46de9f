namespace Streamx.Hosting.Streams;

/// <summary>The consumers of one stream: which of them are attached to it, and which keep it alive.</summary>
/// <remarks>A stream lives only as long as one of its gating consumers does; where none gates, as long as any consumer does.</remarks>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class ConsumerRoster<T>
{
    private readonly HostedStream<T> _stream;
    private readonly ConsumerWorker<T>[] _consumers;

    /// <summary>Guards which consumers are attached: <see cref="_keepingAlive"/> and the steps that change it.</summary>
    private readonly Lock _lock = new();

    /// <summary>Whether the consumers' loops have been started. Guarded by <see cref="_lock"/>.</summary>
    private bool _areStarted;

    /// <summary>How many of the consumers that keep the stream alive still consume. Guarded by <see cref="_lock"/>.</summary>
    private int _keepingAlive;

    internal ConsumerRoster(HostedStream<T> stream, ConsumerWorker<T>[] consumers)
    {
        _stream = stream;
        _consumers = consumers;
        HasGatingConsumer = Array.Exists(consumers, consumer => consumer.Gates);
        _keepingAlive = consumers.Count(KeepsAlive);
    }

    /// <summary>Every registered consumer, attached or not.</summary>
    internal IReadOnlyList<ConsumerWorker<T>> Consumers => _consumers;

    /// <summary>Whether any of them gates the stream.</summary>
    internal bool HasGatingConsumer { get; }

    /// <summary>Attaches all of them, in one step.</summary>
    internal void SubscribeAll()
    {
        var subscriptions = _stream.Backend.Subscribe(Array.ConvertAll(_consumers, OptionsOf));
        for (var i = 0; i < _consumers.Length; i++) _consumers[i].Join(subscriptions[i]);
    }

    /// <summary>Starts the loops of the attached consumers, and from now on of each consumer that is attached.</summary>
    internal void StartAll()
    {
        lock (_lock)
        {
            _areStarted = true;
            foreach (var consumer in _consumers) consumer.Start();
        }
    }

    /// <inheritdoc cref="HostedStream.DetachConsumer"/>
    internal bool Detach(ConsumerWorker consumer)
    {
        lock (_lock)
        {
            if (KeepsAlive(consumer) && _keepingAlive == 1 && !consumer.IsDetached && _stream.State == StreamState.Open)
            {
                throw new InvalidOperationException(
                    $"Consumer '{consumer.Name}' is the last that keeps stream '{_stream.Name}' alive: without it the stream would fault. "
                    + "Drain the stream instead.");
            }

            if (!consumer.TryDetach(StreamxDetachCause.Operator)) return false;
            if (KeepsAlive(consumer)) _keepingAlive--;
        }

        // Outside the lock: it may run other consumers' code.
        consumer.Leave();
        return true;
    }

    /// <inheritdoc cref="HostedStream.AttachConsumer"/>
    internal bool Attach(ConsumerWorker consumer)
    {
        var worker = (ConsumerWorker<T>)consumer;
        lock (_lock)
        {
            if (_stream.State != StreamState.Open || _stream.IsAborting)
            {
                throw new InvalidOperationException(
                    $"Stream '{_stream.Name}' is {_stream.State}: consumer '{consumer.Name}' cannot be attached any more.");
            }

            if (!consumer.IsDetached) return false;
            if (!consumer.Run.IsCompleted)
            {
                throw new InvalidOperationException(
                    $"The code of consumer '{consumer.Name}' of stream '{_stream.Name}' has not returned since it was detached.");
            }

            if (KeepsAlive(consumer)) _keepingAlive++;
            worker.Join(_stream.Backend.Subscribe([OptionsOf(worker)])[0]);
            // Otherwise its loop is started with the others: a subscription can be read only once.
            if (_areStarted) worker.Start();
            return true;
        }
    }

    /// <summary>Counts a consumer that leaves before the end of the stream.</summary>
    /// <returns>Whether it was the last that kept the stream alive.</returns>
    internal bool TakesLifeOnLeaving(ConsumerWorker<T> consumer)
    {
        lock (_lock) return KeepsAlive(consumer) && --_keepingAlive <= 0;
    }

    private bool KeepsAlive(ConsumerWorker consumer) => consumer.Gates || !HasGatingConsumer;

    private static SubscriptionOptions OptionsOf(ConsumerWorker<T> consumer) =>
        new() { Name = consumer.Name, Mode = consumer.Options.Mode };
}
