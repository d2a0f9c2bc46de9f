namespace Streamx.Hosting.Dashboard;

/// <summary>Describes the consumers of a stream.</summary>
internal static class ConsumerView
{
    /// <summary>Describes one, from its status and its meter.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="name">The consumer, or the subscription that application code made.</param>
    /// <param name="subscription">Its subscription; null before the start.</param>
    /// <param name="meter">What it has been doing in the last seconds; null if that is not known.</param>
    /// <param name="waited">How long puts waited for all consumers in the last seconds.</param>
    internal static ConsumerDocument Describe(
        StreamxStreamStatus stream, string name, SubscriptionSnapshot? subscription, ConsumerMeter? meter, double waited)
    {
        var registered = stream.Consumers.FirstOrDefault(consumer => consumer.Name == name);
        var holds = subscription is { HoldsValue: true };
        return new ConsumerDocument
        {
            Name = name,
            Kind = registered is null ? "Subscription" : registered.OutputStream is null ? "Consumer" : "Processor",
            State = registered?.State ?? (holds ? StreamxConsumerState.Processing : StreamxConsumerState.Idle),
            Mode = subscription?.Mode,
            OutputStream = registered?.OutputStream,
            WaitsIn = registered?.WaitsIn,
            IsStalled = registered?.IsStalled ?? false,
            IsGating = subscription?.IsGating ?? false,
            ItemAgeSeconds = holds ? Round(subscription!.HeldFor.TotalSeconds) : null,
            Concurrency = registered?.Concurrency ?? 1,
            SlotsBusy = registered?.SlotsBusy ?? (holds ? 1 : 0),
            ValuesWaitingForKey = registered?.ValuesWaitingForKey,
            Lag = subscription?.Lag ?? 0,
            BusyRatio = Round(meter?.BusyRatio),
            OutputWaitRatio = Round(meter?.OutputWaitRatio),
            GatingRatio = Round(meter?.GatingRatio),
            GatingShare = waited > 0 && meter is not null ? Round(meter.GatingSeconds / waited) : null,
            GatingSeconds = Math.Round(subscription?.TimeGating.TotalSeconds ?? 0, 3),
            HandlingP95Seconds = meter?.Durations.Percentile(0.95) is { } p95 ? Math.Round(p95, 7) : null,
            Finished = registered?.ValuesFinished ?? subscription?.ValuesFinished ?? 0,
            Skipped = registered?.ValuesSkipped ?? 0,
            DeadLettered = registered?.ValuesDeadLettered ?? 0,
            Overtaken = subscription?.ValuesOvertaken ?? 0,
            Retries = registered?.Retries ?? 0,
            Restarts = registered?.Restarts ?? 0,
            Faults = registered?.Faults ?? 0,
            RecentFailures = meter?.RecentFailures ?? 0,
            Slowest = meter?.Slowest.Value,
            DetachCause = registered?.DetachCause,
            LastFailure = FailureDocument.Of(registered?.LastFailure),
            FailedValues = [.. (registered?.FailedValues ?? []).Select(FailedValueDocument.Of)],
        };
    }

    private static double? Round(double? value) => value is { } number ? Math.Round(number, 3) : null;
}
