namespace Streamx.Hosting.Telemetry;

/// <summary>The values of the tag <see cref="StreamxTags.WorkerRole"/>.</summary>
internal static class WorkerRole
{
    /// <summary>It puts into a stream.</summary>
    internal const string Producer = "producer";

    /// <summary>It takes from a stream.</summary>
    internal const string Consumer = "consumer";

    /// <summary>It takes from one stream and puts into another.</summary>
    internal const string Processor = "processor";
}
