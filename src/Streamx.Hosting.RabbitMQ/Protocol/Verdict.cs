namespace Streamx.Hosting.RabbitMQ;

/// <summary>What the session does with a message.</summary>
internal enum Verdict
{
    /// <summary>Nothing: it has been received before, or was written by a leader that had been replaced.</summary>
    Drop,

    /// <summary>Delivers it.</summary>
    Deliver,

    /// <summary>Answers with the consumer's position.</summary>
    Answer,

    /// <summary>Only answers that a newer epoch has been seen than that of the leader that asks.</summary>
    Newer,

    /// <summary>Reports that values are missing before it, and keeps it: if they do not come again, it is delivered.</summary>
    ReportMissing,

    /// <summary>Delivers the kept values, and reports the lost ones: no leader puts the missing values again.</summary>
    Skip,
}
