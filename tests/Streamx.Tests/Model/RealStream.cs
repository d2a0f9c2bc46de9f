using System.Globalization;
using Microsoft.Extensions.Time.Testing;

namespace Streamx.Tests.Model;

/// <summary>A real stream, driven step by step from one thread. Its clock stands still.</summary>
internal sealed class RealStream(int window, NoSubscribers whenNoSubscribers) : ISubject, IDisposable
{
    private readonly List<RealOperation> _puts = [];
    private readonly List<RealOperation> _reads = [];
    private readonly List<RealOperation> _flushes = [];
    private readonly List<RealReader> _readers = [];
    private readonly Dictionary<string, CancellationTokenSource> _tokens = [];
    private readonly AsyncStream<string> _stream = new(new AsyncStreamOptions
    {
        Window = window,
        WhenNoSubscribers = whenNoSubscribers,
        TimeProvider = new FakeTimeProvider(),
    });

    private Task? _closing;

    public void Put(int put, PutToken token)
    {
        var cancellation = token == PutToken.None ? CancellationToken.None : Token($"put{put}").Token;
        if (token == PutToken.Cancelled) CancelPut(put);
        var task = _stream.PutAsync(StreamProgram.ValueOf(put), cancellation);
        Task<string> TakeAsync() => OutcomeOfAsync(task);
        // Every third is taken late, so that the stream has several it cannot use again yet.
        _puts.Add(new RealOperation($"put{put}", () => task.IsCompleted, TakeAsync) { HasSucceeded = put % 3 == 2 ? () => task.IsCompletedSuccessfully : null });
    }

    public void PutMany(int put, int count, PutToken token)
    {
        var cancellation = token == PutToken.None ? CancellationToken.None : Token($"put{put}").Token;
        if (token == PutToken.Cancelled) CancelPut(put);
        var task = _stream.PutManyAsync(StreamProgram.ValuesOf(put, count), cancellation);
        Task<string> TakeAsync() => OutcomeOfManyAsync(task);
        _puts.Add(new RealOperation($"put{put}", () => task.IsCompleted, TakeAsync) { HasSucceeded = put % 3 == 2 ? () => task.IsCompletedSuccessfully : null });
    }

    public void TryPut(int put)
    {
        var outcome = Outcome.Of(_stream.TryPut(StreamProgram.ValueOf(put)));
        _puts.Add(new RealOperation($"put{put}", () => true, () => Task.FromResult(outcome)));
    }

    public void CancelPut(int put) => Token($"put{put}").Cancel();

    public void Subscribe(int subscription, SubscriptionMode mode, int batchSize, int slots) =>
        _readers.Add(new RealReader(_stream.Subscribe(new SubscriptionOptions { Name = StreamProgram.NameOf(subscription), Mode = mode }), batchSize, slots));

    public void Read(int read, int subscription) => _reads.Add(_readers[subscription].Read($"read{read}"));

    public void Finish(int subscription, int which) => _readers[subscription].Finish(which);

    public void Leave(int subscription, Leaving how) => _readers[subscription].Leave(how);

    public void Flush(int flush)
    {
        // Every other one has a token: with one, a flush is a method of its own that goes on a little later.
        var task = _stream.FlushAsync(flush % 2 == 0 ? CancellationToken.None : Token($"flush{flush}").Token).AsTask();
        _flushes.Add(new RealOperation($"flush{flush}", () => task.IsCompleted, () => OutcomeOfAsync(new ValueTask(task)), task));
    }

    public void CancelFlush(int flush) => Token($"flush{flush}").Cancel();

    public void Close()
    {
        var closing = _stream.CloseAsync();
        Assert.True(_closing is null || ReferenceEquals(_closing, closing), "Every close must give the same task.");
        _closing = closing;
    }

    public void Fault() => _stream.TryFault(new FormatException(string.Create(CultureInfo.InvariantCulture, $"fault of {_stream.Name}")));

    /// <summary>Takes every result that is there; gives those expected to be there time if they need it.</summary>
    internal async Task ObserveAsync(IReadOnlySet<string> pending, bool isEnd)
    {
        foreach (var operation in _puts.Concat(_reads).Concat(_flushes))
            await operation.ObserveAsync(isExpected: !pending.Contains($"{operation}"), isEnd);
    }

    public IReadOnlyList<string> Describe()
    {
        var snapshot = _stream.GetSnapshot();
        Assert.Equal(snapshot.Subscriptions.Count, _stream.SubscriptionCount);
        return
        [
            .. _puts.Concat(_reads).Concat(_flushes).Select(operation => $"{operation}"),
            .. _readers.Select(reader => $"{reader.Subscription.GetSnapshot()}"),
            .. Report.Lines(
                snapshot.State, snapshot.ValuesPut, snapshot.ValuesDiscarded, snapshot.ValuesWaiting, snapshot.Subscriptions.Select(subscription => subscription.Name),
                completion: !_stream.Completion.IsCompleted ? Outcome.Pending : _stream.Completion.IsFaulted ? Outcome.Faulted : Outcome.Completed,
                closing: _closing is null ? "not called" : Outcome.Of(_closing.IsCompletedSuccessfully)),
        ];
    }

    public void Dispose()
    {
        foreach (var token in _tokens.Values) token.Dispose();
        foreach (var reader in _readers) reader.Dispose();
    }

    private static async Task<string> OutcomeOfAsync(ValueTask task)
    {
        await task;
        return Outcome.Completed;
    }

    private static async Task<string> OutcomeOfManyAsync(ValueTask task)
    {
        try
        {
            return await OutcomeOfAsync(task);
        }
        catch (StreamPutCanceledException error)
        {
            return Outcome.After(Outcome.Cancelled, error.AcceptedCount);
        }
        catch (StreamClosedException error)
        {
            return Outcome.After(Outcome.Closed, error.AcceptedCount);
        }
        catch (StreamFaultedException error) when (error.InnerException is FormatException)
        {
            return Outcome.After(Outcome.Faulted, error.AcceptedCount);
        }
    }

    private CancellationTokenSource Token(string operation)
    {
        if (!_tokens.TryGetValue(operation, out var source)) _tokens.Add(operation, source = new CancellationTokenSource());
        return source;
    }
}
