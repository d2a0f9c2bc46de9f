namespace Streamx.Hosting.Dashboard.Tests.Support;

/// <summary>Makes statuses of streams, as <see cref="IStreamxControl"/> gives them.</summary>
internal static class Statuses
{
    public static StreamxStreamStatus Stream(long put, TimeSpan? waiting, params StreamxConsumerStatus[] consumers) => new()
    {
        Name = "orders",
        Stream = new StreamSnapshot
        {
            Name = "orders",
            State = StreamState.Open,
            Window = 1,
            ValuesPut = put,
            ValuesDiscarded = 0,
            ValuesWaiting = waiting is null ? 0 : 1,
            OldestWaitingPutAge = waiting,
            Subscriptions = [.. consumers.Select(consumer => consumer.Subscription!)],
        },
        Producers = [new StreamxProducerStatus { Name = "Feed", State = StreamxProducerState.Running, Restarts = 0, Faults = 0 }],
        Consumers = consumers,
        ControlActions = 0,
    };

    /// <summary>Who holds a stream, and the stages between.</summary>
    public static StreamxHolder Holder(string stream, string consumer, params string[] through) => new() { Stream = stream, Consumer = consumer, Through = through };

    /// <summary>What a worker failed with.</summary>
    public static StreamxFailure Failure(string message, string type = "System.IO.IOException") =>
        new() { Time = new DateTimeOffset(2026, 11, 30, 10, 0, 0, TimeSpan.Zero), ErrorType = type, Message = message };

    /// <summary>A stream of another name.</summary>
    public static StreamxStreamStatus Named(string name, StreamxStreamStatus stream) => stream with { Name = name, Stream = stream.Stream with { Name = name } };

    /// <summary>How a process takes part in a stream between processes.</summary>
    public static StreamxRemoteStatus Remote(bool leads, params StreamxRemoteName[] names) => new()
    {
        IsLeading = leads,
        IsStandby = false,
        Problems = [],
        Lags = names.Where(name => name.Lag is not null).ToDictionary(name => name.Name, name => name.Lag!.Value),
        Instance = "pod-0",
        Names = names,
    };

    /// <summary>What a process reports of its consumers.</summary>
    public static StreamxProcessReport Report(string instance, params StreamxConsumerReport[] consumers) =>
        new() { Instance = instance, IsLeading = false, Consumers = consumers, Names = [] };

    /// <summary>How a consumer works that has a value in hand, as its process reports.</summary>
    public static StreamxConsumerReport Reported(string name, double busy, double age, bool isStalled = false, bool isActive = true) => new()
    {
        Name = name,
        IsActive = isActive,
        State = StreamxConsumerState.Processing,
        IsStalled = isStalled,
        BusyRatio = busy,
        ItemAge = TimeSpan.FromSeconds(age),
        Lag = 1,
        Age = TimeSpan.FromSeconds(0.5),
    };

    /// <summary>A name and the processes it has, the active one first.</summary>
    public static StreamxRemoteName Name(string name, long? lag, params string[] instances) =>
        new() { Name = name, Lag = lag, IsGating = false, Instance = instances.FirstOrDefault(), Standbys = [.. instances.Skip(1)], Processes = instances.Length };

    public static StreamxConsumerStatus Consumer(string name, double gating = 0, bool holds = false, bool isGating = false, long position = 0) => new()
    {
        Name = name,
        State = holds ? StreamxConsumerState.Processing : StreamxConsumerState.Idle,
        IsStalled = false,
        Subscription = new SubscriptionSnapshot
        {
            Name = name,
            Mode = SubscriptionMode.Every,
            Position = position,
            Lag = 0,
            ValuesFinished = position,
            ValuesAbandoned = 0,
            ValuesOvertaken = 0,
            HoldsValue = holds,
            HeldFor = TimeSpan.Zero,
            IsGating = isGating,
            TimeGating = TimeSpan.FromSeconds(gating),
        },
        ValuesFinished = position,
        ValuesSkipped = 0,
        ValuesDeadLettered = 0,
        Retries = 0,
        Restarts = 0,
        Faults = 0,
        OutputStream = null,
    };
}
