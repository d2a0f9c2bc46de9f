using System.Net.ServerSentEvents;
using Streamx.Hosting.Dashboard.Tests.Support;

namespace Streamx.Hosting.Dashboard.Tests.Load;

/// <summary>Many pages that are open at once.</summary>
internal sealed class PageCrowd
{
    private int _frames;

    private PageCrowd()
    {
    }

    /// <summary>How many frames have come, over all pages.</summary>
    public int Frames => Volatile.Read(ref _frames);

    /// <summary>Ends when the server has ended all of them.</summary>
    public Task WhenEnded { get; private set; } = Task.CompletedTask;

    /// <summary>Opens them; each has had its first picture.</summary>
    public static async Task<PageCrowd> OpenAsync(Uri url, int pages)
    {
        var crowd = new PageCrowd();
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };
        var opened = Enumerable.Range(0, pages).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToList();
        crowd.WhenEnded = Task.WhenAll(opened.Select(page => crowd.FollowAsync(client, page)));
        await Task.WhenAll(opened.Select(page => page.Task)).WithinAsync();
        return crowd;
    }

    private async Task FollowAsync(HttpClient client, TaskCompletionSource opened)
    {
        using var answer = await client.GetAsync(new Uri("/streamx/api/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await foreach (var item in SseParser.Create(await answer.Content.ReadAsStreamAsync(), static (_, data) => data.Length).EnumerateAsync())
        {
            if (item.EventType != "frame") continue;
            Interlocked.Increment(ref _frames);
            opened.TrySetResult();
        }
    }
}
