namespace Streamx.Hosting.RabbitMQ;

/// <summary>What the broker knows of a queue.</summary>
/// <param name="Exists">Whether it exists.</param>
/// <param name="HasConsumer">Whether it has a consumer. Where only one is active at a time, the broker counts that one.</param>
/// <param name="HasMessages">Whether messages wait in it that no consumer has in hand.</param>
internal readonly record struct QueueState(bool Exists, bool HasConsumer, bool HasMessages)
{
    /// <summary>Whether nothing will take what comes, or has come, into the queue.</summary>
    internal bool IsForsaken => !Exists || (!HasConsumer && HasMessages);
}
