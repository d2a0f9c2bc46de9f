namespace Streamx.Tests.Model;

/// <summary>What a program runs against: the model, or a real stream. Puts, reads, flushes and subscriptions are named by number.</summary>
internal interface ISubject
{
    void Put(int put, PutToken token);

    void PutMany(int put, int count, PutToken token);

    void TryPut(int put);

    void CancelPut(int put);

    void Subscribe(int subscription, SubscriptionMode mode, int batchSize, int slots);

    void Read(int read, int subscription);

    void Finish(int subscription, int which);

    void Leave(int subscription, Leaving how);

    void Flush(int flush);

    void CancelFlush(int flush);

    void Close();

    void Fault();

    /// <summary>Everything there is to see, one thing a line.</summary>
    IReadOnlyList<string> Describe();
}
