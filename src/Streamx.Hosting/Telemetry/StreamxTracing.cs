using System.Diagnostics;
using System.Numerics;

namespace Streamx.Hosting.Telemetry;

/// <summary>The activities of one stream: one for each put, one for each consumer that processes its value.</summary>
/// <remarks>
/// <para>The put of each value is recorded beside the stream, by position, for as long as the window allows a value to be
/// unfinished. So values carry no context, and without a listener nothing is recorded.</para>
/// <para>Names and tags follow the OpenTelemetry semantic conventions for messaging. A consumer has a position of its own in the stream, as
/// if it had a queue of its own: its destination is <c>{stream}:{consumer}</c>, unambiguous as no name contains a colon. Dashboards build
/// a span's title from its name or from its destination; either tells consumers apart.</para>
/// <para>The conventions allow the context of a put as a parent only where a span processes a single value. So the span of a batch is the
/// root of a trace and links to every put. Each put gets a child for its value, as from a consumer of single values, that links to the
/// batch.</para>
/// </remarks>
/// <param name="stream">The stream's name.</param>
/// <param name="options">Its settings.</param>
/// <param name="failures">Logs what listeners throw; null for no log.</param>
internal sealed class StreamxTracing(string stream, StreamxOptions options, ListenerFailures? failures = null)
{
    /// <summary>The version of this package, for the meter and the source.</summary>
    internal static readonly string? Version = typeof(StreamxTracing).Assembly.GetName().Version?.ToString(3);

    private static readonly SafeActivitySource s_source = new(StreamxSources.ActivitySourceName, Version);

    /// <summary>Where the span of a batch keeps the links to its puts until it ends.</summary>
    private const string BatchedPuts = "streamx.batched.puts";

    /// <summary>How many messages a span covers, where there may be several.</summary>
    private const string MessageCount = "messaging.batch.message_count";

    private readonly string _putName = $"put {stream}";
    private readonly string _processName = $"process {stream}";

    /// <summary>The puts of the last values, each at its position modulo the length. Empty before the first traced put.</summary>
    /// <remarks>
    /// Written under the lock of the stream's core, before any consumer has the value; read by the consumers that have it.
    /// </remarks>
    private volatile PutTrace?[] _puts = [];

    /// <summary>Whether there are listeners to activities.</summary>
    internal bool HasListeners => s_source.HasListeners(failures);

    /// <summary>The name of an exception in a tag.</summary>
    internal static string TypeOf(Exception error) => error.GetType().FullName ?? error.GetType().Name;

    /// <summary>Makes an activity the current one; null for none.</summary>
    internal static void MakeCurrent(Activity? activity) => s_source.MakeCurrent(activity, failures: null);

    /// <summary>
    /// Begins the activity of a put; null if there is no listener. It does not become the caller's current activity, because the caller
    /// goes on while the put waits.
    /// </summary>
    /// <returns>The activity; or, for one that is sampled out, the context it would have continued; or null.</returns>
    internal object? StartPut(string producer) => HasListeners ? StartHeardPut(producer) : null;

    /// <summary>Notes which put a value comes from. Needs the lock of the stream's core.</summary>
    internal void NoteCommit(long position, object put)
    {
        // One more than can be unfinished: a consumer may have a value in hand that is finished only with its next read.
        if (_puts.Length == 0) _puts = new PutTrace?[BitOperations.RoundUpToPowerOf2((uint)options.Window + 1)];
        Volatile.Write(
            ref _puts[position & (_puts.Length - 1)],
            new PutTrace(position, put is Activity activity ? activity.Context : (ActivityContext)put));
    }

    /// <summary>Sets how many values a put of many values has put.</summary>
    internal static void NoteCount(Activity put, int count) => put.SetTag(MessageCount, count);

    /// <summary>Ends the activity of a put.</summary>
    internal void EndPut(Activity put, string? gatedBy, Exception? error)
    {
        if (gatedBy is not null) put.SetTag(StreamxTags.GatedBy, gatedBy);
        EndElsewhere(put, error);
    }

    /// <summary>Ends an activity that is not the caller's current one; the caller's current one does not change.</summary>
    internal void EndElsewhere(Activity activity, Exception? error) => KeepCurrent(() => End(activity, error));

    /// <summary>Ends the activity of a put that did not take place, so that it is not exported.</summary>
    internal void Forget(Activity put)
    {
        put.IsAllDataRequested = false;
        put.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        KeepCurrent(() => s_source.Stop(put, failures));
    }

    /// <summary>Begins the activity of a consumer that has values in hand, and makes it the current one; null without a listener.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="position">The position of the first value.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="positions">The positions of all; empty if each is that of the one before, plus one.</param>
    internal Activity? StartProcess(string consumer, long position, int count, ReadOnlySpan<long> positions = default) =>
        HasListeners ? StartHeardProcess(consumer, position, count, positions) : null;

    /// <summary>
    /// Ends the activity of the item that a consumer had in hand. Each put of a batch gets a child of the same time, linked to the batch.
    /// </summary>
    internal void EndProcess(Activity process, string consumer, Exception? error)
    {
        var puts = process.GetCustomProperty(BatchedPuts) as List<ActivityLink>;
        End(process, error);
        foreach (var put in puts ?? [])
        {
            // A link to an activity that is not exported leads nowhere.
            ActivityLink[] links = process.Recorded ? [put, new ActivityLink(process.Context)] : [put];
            if (StartProcess(consumer, put.Context, ProcessTags(consumer), links, new DateTimeOffset(process.StartTimeUtc)) is not { } one)
                continue;
            one.SetEndTime(process.StartTimeUtc + process.Duration);
            End(one, error);
        }
    }

    /// <summary>Ends the activity of a loop's value, in the loop itself, where another activity was current before.</summary>
    internal void End(Activity activity, Exception? error, Activity? before)
    {
        End(activity, error);
        s_source.MakeCurrent(before, failures);
    }

    /// <summary>Ends an activity and makes the one before it current again.</summary>
    internal void End(Activity activity, Exception? error)
    {
        if (error is not null)
        {
            activity.SetStatus(ActivityStatusCode.Error, ErrorText.Of(error));
            activity.SetTag(StreamxTags.ErrorType, TypeOf(error));
        }

        s_source.Stop(activity, failures);
    }

    /// <summary>Runs a callback that changes the current activity, and restores the caller's.</summary>
    /// <remarks>
    /// An activity that has ended can stay current, as that of a request does in work that outlives it, but it cannot be made current
    /// again: in that case the change is confined to an execution context of its own.
    /// </remarks>
    private void KeepCurrent(Action change)
    {
        var current = Activity.Current;
        if (current is { IsStopped: true } && ExecutionContext.Capture() is { } context)
        {
            ExecutionContext.Run(context, static state => ((Action)state!)(), change);
            return;
        }

        change();
        s_source.MakeCurrent(current, failures);
    }

    private Activity? StartProcess(
        string consumer,
        ActivityContext parent,
        List<KeyValuePair<string, object?>> tags,
        IReadOnlyList<ActivityLink> links,
        DateTimeOffset startTime = default)
    {
        var process = s_source.Start(
            source =>
            {
                var created = source.CreateActivity(_processName, ActivityKind.Consumer, parent, tags, links);
                return startTime == default ? created : created?.SetStartTime(startTime.UtcDateTime);
            },
            failures);
        if (process is not null) process.DisplayName = $"{_processName}:{consumer}";
        return process;
    }

    private List<KeyValuePair<string, object?>> ProcessTags(string consumer) =>
    [
        .. Tags("process", "process", $"{stream}:{consumer}"),
        new("messaging.destination_publish.name", stream),
        new("messaging.consumer.group.name", consumer),
        new(StreamxTags.ConsumerName, consumer),
    ];

    private KeyValuePair<string, object?>[] Tags(string name, string type, string destination) =>
    [
        new("messaging.system", "streamx"),
        new("messaging.operation.name", name),
        new("messaging.operation.type", type),
        new("messaging.destination.name", destination),
        new(StreamxTags.StreamName, stream),
    ];

    private PutTrace? Find(long position)
    {
        var puts = _puts;
        return puts.Length > 0 && Volatile.Read(ref puts[position & (puts.Length - 1)]) is { } put && put.Position == position ? put : null;
    }

    /// <summary>Separate from its caller, which is inlined where there is no listener.</summary>
    private Activity? StartHeardProcess(string consumer, long position, int count, ReadOnlySpan<long> positions)
    {
        List<ActivityLink> links = [];
        for (var i = 0; i < count; i++)
            if (Find(positions.IsEmpty ? position + i : positions[i]) is { } put) links.Add(new ActivityLink(put.Context));

        List<KeyValuePair<string, object?>> tags = ProcessTags(consumer);
        if (count > 1) tags.Add(new(MessageCount, count));
        // The activity that happens to be current is no parent either.
        var parent = count == 1 && links.Count == 1 && !options.LinkTracesOnly ? links[0].Context : default;
        var before = Activity.Current;
        if (parent == default) s_source.MakeCurrent(null, failures);
        var process = StartProcess(consumer, parent, tags, links);
        if (process is null) s_source.MakeCurrent(before, failures);
        else if (count > 1 && !options.LinkTracesOnly) process.SetCustomProperty(BatchedPuts, links);
        return process;
    }

    /// <summary>Separate from its caller: otherwise the closure here would be allocated at every put, with or without a listener.</summary>
    private object? StartHeardPut(string producer)
    {
        Activity? put = null;
        var current = Activity.Current;
        KeepCurrent(() => put = s_source.Start(
            source => source.CreateActivity(
                _putName, ActivityKind.Producer, parentContext: default,
                [.. Tags("put", "send", stream), new(StreamxTags.ProducerName, producer)]),
            failures));
        return put ?? (object?)current?.Context;
    }
}
