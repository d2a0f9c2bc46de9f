namespace Streamx.Hosting.Remote;

/// <summary>Logs what the parts of a stream between processes report, and remembers it for the stream's status.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class RemoteEvents<T> : IRemoteEvents
{
    private readonly HostedStream<T> _stream;
    private readonly TransportSetup<T> _setup;
    private readonly Action _onEndedElsewhere;

    /// <summary>Which parts have a session.</summary>
    private readonly SessionStatus _sessions = new();

    /// <summary>How often the transport has forgotten the stream.</summary>
    private readonly CountedLosses _forgotten;

    /// <summary>How many values consumers of this process have not received, and will not.</summary>
    private readonly CountedLosses _lost;

    /// <summary>Why what carries the stream takes no values for now; null while it takes them.</summary>
    private volatile string? _blocked;

    /// <summary>
    /// 1 from when this process logged that it stands by until it leads: connections that come and go are logged as such.
    /// </summary>
    private int _hasLoggedStandby;

    /// <summary>Listens to a transport.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="setup">How it goes between processes.</param>
    /// <param name="onEndedElsewhere">Called when another process has ended the stream.</param>
    internal RemoteEvents(HostedStream<T> stream, TransportSetup<T> setup, Action onEndedElsewhere)
    {
        _stream = stream;
        _setup = setup;
        _onEndedElsewhere = onEndedElsewhere;
        _forgotten = new CountedLosses(stream.TimeProvider);
        _lost = new CountedLosses(stream.TimeProvider);
        setup.Transport.OnStandby = OnStandby;
        setup.Transport.OnForgotten = OnForgotten;
        setup.Transport.OnAmiss = what => Log.TransportAmiss(stream.Logger, stream.Name, what);
        setup.Transport.OnBlocked = OnBlocked;
    }

    /// <inheritdoc/>
    public string ContentType => _setup.Serializer.ContentType;

    /// <inheritdoc/>
    public RetryOptions Reconnect => _setup.Reconnect;

    /// <inheritdoc/>
    public bool OpensStream => _stream.Producers.Count > 0 || _stream.HasInjectedWriter;

    /// <summary>How this process takes part in the stream.</summary>
    /// <param name="isLeading">Whether it leads.</param>
    /// <param name="consumers">All durable consumers if it leads; otherwise its own.</param>
    internal StreamxRemoteStatus Describe(bool isLeading, IReadOnlyList<StreamxRemoteName> consumers) => new()
    {
        IsLeading = isLeading,
        IsStandby = _setup.Transport.IsStandby,
        // A process that stands by to lead has a session that it does not know of yet.
        Problems =
        [
            .. _sessions.Describe(part => part == LeaderLoop.PartName && _setup.Transport.IsStandby),
            .. _blocked is { } reason ? new[] { StreamxRemoteStatus.Blocked(reason) } : [],
        ],
        BlockedReason = _blocked,
        Lags = LagsOf(consumers),
        TimesForgotten = (int)_forgotten.Count,
        LastForgottenAt = _forgotten.LastAt,
        ValuesLost = _lost.Count,
        LastLostAt = _lost.LastAt,
        Instance = _setup.Transport.Instance,
        Names = consumers,
    };

    /// <summary>How far each consumer is behind, where that is known.</summary>
    internal static IReadOnlyDictionary<string, long> LagsOf(IReadOnlyList<StreamxRemoteName> consumers) =>
        consumers.Where(name => name.Lag is not null).ToDictionary(name => name.Name, name => name.Lag!.Value, Names.Comparer);

    /// <inheritdoc/>
    public void OnSessionWanted(string part) => _sessions.NoteWanted(part);

    /// <inheritdoc/>
    public void OnSession(string part) => _sessions.NoteOpened(part);

    /// <inheritdoc/>
    public void OnLost(string part, Exception why)
    {
        _sessions.NoteLost(part, ErrorText.Of(why));
        Log.SessionLost(_stream.Logger, _stream.Name, part, ErrorText.Of(why));
    }

    /// <inheritdoc/>
    public void OnOverdue(string part, Exception why)
    {
        _sessions.NoteLost(part, ErrorText.Of(why));
        var consequence = _stream.FindConsumer(part) is { IsLoop: true }
            ? "but a loop cannot be told to give up the value that it has in hand: another process may begin that, too"
            : "and the token of its handler is cancelled";
        Log.ValueOverdue(_stream.Logger, _stream.Name, part, consequence, ErrorText.Of(why));
    }

    /// <inheritdoc/>
    public void OnSessionOver(string part) => _sessions.Forget(part);

    /// <inheritdoc/>
    public void OnLeading(ILeadSession session, long first)
    {
        OnSession(LeaderLoop.PartName);
        Interlocked.Exchange(ref _hasLoggedStandby, 0);
        Log.Leading(_stream.Logger, _stream.Name, session.Epoch);
        // Numbers also go on in a store that has lost the stream, where nothing else does.
        if (session.PreviousEpoch == 0 || first == 1) return;
        Log.Resumes(_stream.Logger, _stream.Name, first - 1, Unfinished(session.Positions.Snapshot(), first - 1));
    }

    /// <inheritdoc/>
    public void OnEndedElsewhere()
    {
        Log.EndedElsewhere(_stream.Logger, _stream.Name);
        _onEndedElsewhere();
    }

    /// <inheritdoc/>
    public void OnValuesLost(string consumer, long first, long last)
    {
        _lost.Add(last - first + 1);
        Log.ValuesLost(_stream.Logger, consumer, _stream.Name, first, last);
    }

    /// <inheritdoc/>
    public void OnReconnect(string part, Exception error, TimeSpan delay)
    {
        _sessions.NoteLost(part, ErrorText.Of(error));
        if (error is TransportException { IsFinal: true })
        {
            _stream.Fail(error);
            Log.CannotBegin(_stream.Logger, error, _stream.Name, part);
        }
        else
        {
            Log.Reconnects(_stream.Logger, _stream.Name, part, delay.TotalSeconds, ErrorText.Of(error));
        }
    }

    private void OnStandby()
    {
        if (Interlocked.Exchange(ref _hasLoggedStandby, 1) == 0) Log.StandsBy(_stream.Logger, _stream.Name);
    }

    private void OnBlocked(string? reason)
    {
        _blocked = reason;
        if (reason is not null) Log.Blocked(_stream.Logger, _stream.Name, reason);
        else Log.Unblocked(_stream.Logger, _stream.Name);
    }

    private void OnForgotten()
    {
        _forgotten.Add(1);
        Log.StreamForgotten(_stream.Logger, _stream.Name);
    }

    /// <summary>How many values up to a number each consumer has not finished, as text.</summary>
    private static string Unfinished(IReadOnlyDictionary<string, long> positions, long last)
    {
        var behind = positions.Where(consumer => consumer.Value < last).OrderBy(consumer => consumer.Key, Names.Comparer)
            .Select(consumer => consumer.Value == ConsumerPositions.Unknown
                ? $"{consumer.Key} not known yet"
                : $"{consumer.Key} {last - consumer.Value}");
        return string.Join(", ", behind) is { Length: > 0 } text ? text : "nothing";
    }
}
