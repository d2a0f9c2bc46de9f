namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Network;

/// <summary>Which way bytes go.</summary>
[Flags]
internal enum Direction
{
    /// <summary>From workers to the broker.</summary>
    ToBroker = 1,

    /// <summary>From the broker to workers.</summary>
    FromBroker = 2,

    /// <summary>Either.</summary>
    Both = ToBroker | FromBroker,
}
