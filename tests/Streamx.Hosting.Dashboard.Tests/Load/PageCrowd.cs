using System.Net.ServerSentEvents;
using Streamx.Hosting.Dashboard.Tests.Support;

namespace Streamx.Hosting.Dashboard.Tests.Load;

/// <summary>Many pages that are open at once.</summary>
internal sealed class PageCrowd : IDisposable
{
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _closing = new();
    private int _frames;

    private PageCrowd(HttpClient client) => _client = client;

    /// <summary>How many frames have come, over all pages.</summary>
    public int Frames => Volatile.Read(ref _frames);

    /// <summary>Ends when the server has ended all of them, or they have been closed.</summary>
    public Task WhenEnded { get; private set; } = Task.CompletedTask;

    /// <summary>Opens them; each has had its first picture.</summary>
    public static async Task<PageCrowd> OpenAsync(Uri url, int pages)
    {
        var crowd = new PageCrowd(new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan });
        var opened = Enumerable.Range(0, pages).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToList();
        crowd.WhenEnded = Task.WhenAll(opened.Select(page => crowd.FollowAsync(page)));
        await Task.WhenAll(opened.Select(page => page.Task)).WithinAsync();
        return crowd;
    }

    /// <summary>Closes them, as people do who have seen enough.</summary>
    public async Task CloseAsync()
    {
        await _closing.CancelAsync();
        await WhenEnded.WithinAsync();
    }

    public void Dispose()
    {
        _client.Dispose();
        _closing.Dispose();
    }

    private async Task FollowAsync(TaskCompletionSource opened)
    {
        using var answer = await _client.GetAsync(new Uri("/streamx/api/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        var items = SseParser.Create(await answer.Content.ReadAsStreamAsync(), static (_, data) => data.Length);
        try
        {
            await foreach (var item in items.EnumerateAsync(_closing.Token))
            {
                if (item.EventType != "frame") continue;
                Interlocked.Increment(ref _frames);
                opened.TrySetResult();
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // Closed.
        }
    }
}
