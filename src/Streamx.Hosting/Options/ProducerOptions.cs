namespace Streamx.Hosting;

/// <summary>Settings of one producer. Configuration section: <c>Streamx:&lt;stream name&gt;:Producers:&lt;name&gt;</c>.</summary>
/// <remarks>A producer that fails faults its stream; there is nothing to set so far.</remarks>
public sealed class ProducerOptions
{
}
