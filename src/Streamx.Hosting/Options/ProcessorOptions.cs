namespace Streamx.Hosting;

/// <summary>Settings of one processor. It is a consumer, and is configured among those of its input stream.</summary>
public sealed class ProcessorOptions : ConsumerOptions
{
    /// <summary>The name of the stream it puts into.</summary>
    /// <value>Default: null, the only stream of its output type. The start fails if there is none, or more than one.</value>
    public string? OutputStream { get; set; }
}
