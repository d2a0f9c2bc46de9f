namespace Streamx.Hosting.Tests.Chaos;

/// <summary>Steers the streams at random while the host lives, and puts into them from outside.</summary>
internal sealed class ChaosOperator(ChaosHost host, IStreamxControl control, Dice dice)
{
    private readonly List<Task> _drains = [];

    /// <summary>The drains it has begun.</summary>
    public IReadOnlyList<Task> Drains => _drains;

    public async Task SteerAsync()
    {
        for (var i = dice.Below(6); i > 0 && !host.IsEnding; i--)
        {
            await dice.PauseAsync(12);
            Act(host.Streams[dice.Below(host.Streams.Count)]);
        }

        // What is to complete must not be held back for ever.
        foreach (var stream in host.Streams)
            foreach (var producer in stream.Producers) control.ResumeProducer(stream.Name, producer.Name);
    }

    private void Act(ChaosStream stream)
    {
        var consumer = stream.Consumers[dice.Below(stream.Consumers.Count)];
        var producer = stream.Producers.Count > 0 ? stream.Producers[dice.Below(stream.Producers.Count)] : null;
        try
        {
            switch (dice.Below(8))
            {
                case 0 when producer is not null:
                    control.PauseProducer(stream.Name, producer.Name);
                    break;
                case 1 when producer is not null:
                    control.ResumeProducer(stream.Name, producer.Name);
                    break;
                case 2 or 3:
                    consumer.WasDetached |= control.DetachConsumer(stream.Name, consumer.Name);
                    break;
                case 4 or 5:
                    consumer.WasAttached |= control.AttachConsumer(stream.Name, consumer.Name);
                    break;
                // It would stop the producer that is to fail.
                case 6 when dice.OneIn(3) && host.Ending != ChaosEnding.Fault:
                    _drains.Add(control.DrainAsync(stream.Name));
                    break;
                default:
                    control.GetStreams();
                    break;
            }
        }
        catch (InvalidOperationException)
        {
            // The last consumer, or one whose code has not returned, or a stream that does not run.
        }
    }
}
