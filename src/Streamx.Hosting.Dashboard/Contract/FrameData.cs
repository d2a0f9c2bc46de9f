namespace Streamx.Hosting.Dashboard;

/// <summary>A document for pages, as JSON, in two versions.</summary>
/// <param name="WithMessages">For readers with the right to control the streams: with the messages of exceptions.</param>
/// <param name="WithoutMessages">For all other readers: with the types of exceptions only.</param>
internal sealed record FrameData(byte[] WithMessages, byte[] WithoutMessages)
{
    /// <summary>A document without messages of exceptions.</summary>
    internal static FrameData Empty { get; } = new("{}"u8.ToArray());

    private FrameData(byte[] data)
        : this(data, data)
    {
    }

    /// <summary>The version for a reader.</summary>
    internal byte[] For(bool mayReadMessages) => mayReadMessages ? WithMessages : WithoutMessages;

    /// <summary>Serializes a document in both versions, or in one if no reader may read messages.</summary>
    internal static FrameData Create<T>(T document, Func<T, T> withoutMessages, bool hasMessages, Func<T, byte[]> serialize)
    {
        var shown = serialize(withoutMessages(document));
        return hasMessages ? new FrameData(serialize(document), shown) : new FrameData(shown);
    }
}
