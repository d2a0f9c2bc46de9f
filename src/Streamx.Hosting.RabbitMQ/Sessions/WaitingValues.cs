using System.Diagnostics;

namespace Streamx.Hosting.RabbitMQ;

/// <summary>Values that wait to be sent together. Guarded by the lock of the <see cref="ValueCombiner"/> it belongs to.</summary>
/// <param name="activity">The activity of the first value's put; null for none.</param>
internal sealed class WaitingValues(Activity? activity)
{
    private readonly List<StreamMessage> _values = [];
    private readonly TaskCompletionSource _confirmed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The values, in order.</summary>
    internal IReadOnlyList<StreamMessage> Values => _values;

    /// <summary>The activity of the first value's put; null for none.</summary>
    internal Activity? Activity => activity;

    /// <summary>How many bytes they take in a message.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Ends when all of them are confirmed.</summary>
    internal Task Confirmed => _confirmed.Task;

    /// <summary>Whether a value may go with these.</summary>
    internal bool Takes(StreamMessage value, long maxBytes) =>
        CombinedValues.SizeOf(value) <= maxBytes - Bytes && CombinedValues.CanFollow(_values[^1], value);

    /// <summary>Adds a value.</summary>
    internal void Add(StreamMessage value)
    {
        _values.Add(value);
        Bytes = Math.Min(long.MaxValue - Bytes, CombinedValues.SizeOf(value)) + Bytes;
    }

    /// <summary>Passes on how the publishing of the values ended.</summary>
    internal void Settle(Task publishing)
    {
        if (publishing.Exception is { } error) _confirmed.TrySetException(error.InnerExceptions);
        else if (publishing.IsCanceled) _confirmed.TrySetCanceled();
        else _confirmed.TrySetResult();
    }
}
