using System.Text.RegularExpressions;

namespace WorkerDemo.Tests.Support;

/// <summary>Asks a running program's health endpoints, over one connection that is kept.</summary>
internal sealed class ProbeClient : IDisposable
{
    private readonly HttpClient _http;

    private ProbeClient(HttpClient http) => _http = http;

    /// <summary>Waits until the program serves; it says where.</summary>
    internal static async Task<ProbeClient> ConnectAsync(WorkerProcess worker)
    {
        var line = await worker.WaitForLineAsync(line => line.Contains("Watch the streams at ", StringComparison.Ordinal));
        return new ProbeClient(new HttpClient { BaseAddress = new Uri(Regex.Match(line, @"http://[\d.]+:\d+").Value), Timeout = WorkerProcess.Limit });
    }

    /// <summary>The status code, and what stands in the body.</summary>
    internal async Task<(int Code, string Text)> GetAsync(string probe)
    {
        using var response = await _http.GetAsync(new Uri($"/healthz/{probe}", UriKind.Relative));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Asks until the answer is as expected: what makes it so has no other way to tell.</summary>
    internal async Task<string> UntilAsync(string probe, int code, string text)
    {
        using var limit = new CancellationTokenSource(WorkerProcess.Limit);
        (int Code, string Text) answer;
        while ((answer = await GetAsync(probe)).Code != code || !answer.Text.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(limit.IsCancellationRequested, $"Not {code} with '{text}' within {WorkerProcess.Limit}, but {answer}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return answer.Text;
    }

    public void Dispose() => _http.Dispose();
}
