namespace Streamx.Hosting.RabbitMQ;

/// <summary>What is to be done with a message.</summary>
internal enum Verdict
{
    /// <summary>Nothing: it has been received before, or a leader that had been replaced wrote it.</summary>
    Drop,

    /// <summary>To hand it on.</summary>
    Deliver,

    /// <summary>To say where the name is.</summary>
    Answer,

    /// <summary>Nothing, but to say that a newer epoch has been seen than that of the leader that asks.</summary>
    Newer,

    /// <summary>To say that values are missing before it, and to keep it: should they not come again, it is handed on.</summary>
    ReportMissing,

    /// <summary>To hand on what has been kept, and to say what is lost: no leader puts again what is missing.</summary>
    Skip,
}
