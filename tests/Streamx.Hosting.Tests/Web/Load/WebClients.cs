using System.Net;
using System.Net.Sockets;

namespace Streamx.Hosting.Tests.Web.Load;

/// <summary>Clients of one web worker, each of which sends one request after another until it leaves.</summary>
/// <remarks>Half of them keep their connection, the others open one for each request.</remarks>
internal sealed class WebClients : IDisposable
{
    private readonly Uri _url;
    private readonly HttpClient[] _clients;
    private readonly CancellationTokenSource[] _leaving;
    private readonly Task _running;

    /// <summary>Guards what is counted.</summary>
    private readonly Lock _lock = new();

    private readonly List<long> _accepted = [];
    private readonly SortedDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private long _lastNumber;
    private int _unavailable;

    /// <summary>Has them begin.</summary>
    public WebClients(Uri url, int count)
    {
        _url = url;
        _clients = [.. Enumerable.Range(0, count).Select(client => new HttpClient(new SocketsHttpHandler
        {
            PooledConnectionLifetime = client % 2 == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.Zero,
        }) { Timeout = Bounded.Limit })];
        _leaving = [.. _clients.Select(_ => new CancellationTokenSource())];
        _running = Task.WhenAll(_clients.Zip(_leaving, (client, leaving) => Task.Run(() => RunAsync(client, leaving.Token))));
    }

    /// <summary>The numbers answered with 202.</summary>
    public IReadOnlyList<long> Accepted
    {
        get
        {
            lock (_lock) return [.. _accepted];
        }
    }

    /// <summary>How many requests were answered with 503.</summary>
    public int Unavailable
    {
        get
        {
            lock (_lock) return _unavailable;
        }
    }

    /// <summary>Everything else that requests ended in, and how often.</summary>
    public IReadOnlyDictionary<string, int> Failures
    {
        get
        {
            lock (_lock) return new SortedDictionary<string, int>(_failures, StringComparer.Ordinal);
        }
    }

    /// <summary>Asks for readiness, as an orchestrator does, until it fails.</summary>
    public async Task WhenNotReadyAsync()
    {
        using var client = new HttpClient { Timeout = Bounded.Limit };
        await Until.TrueAsync(async () =>
        {
            using var response = await client.GetAsync(new Uri(_url, "healthz/ready"));
            return response.StatusCode == HttpStatusCode.ServiceUnavailable;
        });
    }

    /// <summary>Has one after another leave, evenly over a time. The last requests are waited for.</summary>
    public async Task LeaveAsync(TimeSpan within)
    {
        for (var client = 0; client < _leaving.Length; client++) _leaving[client].CancelAfter(within * (client + 1) / _leaving.Length);
        await _running.WithinAsync();
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        foreach (var leaving in _leaving) leaving.Dispose();
    }

    private async Task RunAsync(HttpClient client, CancellationToken leaving)
    {
        while (!leaving.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _lastNumber);
            try
            {
                using var response = await client.PostAsync(new Uri(_url, $"orders/{number}"), content: null, CancellationToken.None);
                Count(number, response.StatusCode);
            }
            catch (HttpRequestException error)
            {
                CountFailure($"{error.HttpRequestError}: {(error.InnerException ?? error).Message}");
            }
            catch (SocketException error)
            {
                // The client lets it through when the server closes a connection that it has only just accepted.
                CountFailure($"{error.SocketErrorCode}");
            }
        }
    }

    private void Count(long number, HttpStatusCode status)
    {
        lock (_lock)
        {
            if (status == HttpStatusCode.Accepted) _accepted.Add(number);
            else if (status == HttpStatusCode.ServiceUnavailable) _unavailable++;
            else CountFailure($"{(int)status}");
        }
    }

    private void CountFailure(string what)
    {
        lock (_lock) _failures[what] = _failures.GetValueOrDefault(what) + 1;
    }
}
