namespace Streamx.Hosting.RabbitMQ;

/// <summary>Headers of a message in which the first <c>traceparent</c> stays, which is that of the put.</summary>
/// <remarks>
/// While the client's own activities have a listener, the client overwrites the <c>traceparent</c> in the headers with the context of its
/// publish. It does so through the interface, as its injectors do.
/// </remarks>
internal sealed class MessageHeaders(int capacity) : Dictionary<string, object?>(capacity), IDictionary<string, object?>
{
    /// <summary>The header that carries the trace context.</summary>
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
