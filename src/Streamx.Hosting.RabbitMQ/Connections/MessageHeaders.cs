namespace Streamx.Hosting.RabbitMQ;

/// <summary>Headers of a message whose <c>traceparent</c>, once it is set, stays: that of the put.</summary>
/// <remarks>
/// Where the client's own activities are listened to, it writes the context of its publishing into the headers that it is given, over what
/// is there. It does so through the interface, as its injectors do.
/// </remarks>
internal sealed class MessageHeaders(int capacity) : Dictionary<string, object?>(capacity), IDictionary<string, object?>
{
    /// <summary>The header that the trace goes on with.</summary>
    internal const string TraceParent = "traceparent";

    private const string TraceState = "tracestate";

    /// <inheritdoc/>
    object? IDictionary<string, object?>.this[string key]
    {
        get => this[key];
        set
        {
            if (key is TraceParent or TraceState && ContainsKey(TraceParent)) return;
            this[key] = value;
        }
    }
}
