namespace Streamx.Hosting.RabbitMQ;

/// <summary>The names of the broker's metrics, beside the metrics of streams. Times are in seconds.</summary>
public static class StreamxRabbitMqTelemetry
{
    /// <summary>The meter.</summary>
    public const string MeterName = "Streamx.Hosting.RabbitMQ";

    /// <summary>How long the broker took to confirm a value, so that it is durable; with <c>error.type</c> if it did not confirm.</summary>
    public const string ConfirmDuration = "streamx.rabbitmq.confirm.duration";

    /// <summary>How often a producer or a consumer has opened its connection again.</summary>
    public const string Reconnects = "streamx.rabbitmq.reconnects";

    /// <summary>On how many connections of the process the broker takes no messages, as under a memory or disk alarm.</summary>
    public const string Blocked = "streamx.rabbitmq.blocked";

    /// <summary>How often a process has found that the broker had forgotten a stream.</summary>
    public const string Forgotten = "streamx.rabbitmq.forgotten";
}
