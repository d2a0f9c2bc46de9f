using System.Text.RegularExpressions;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.EndToEnd;

public abstract class LivePageTests(WorkerProgram program) : ProgramTests(program)
{
    public sealed class Managed() : LivePageTests(WorkerProgram.Managed);

    public sealed class Native() : LivePageTests(WorkerProgram.Native);

    [Fact]
    public async Task Page_IsServed_SaidAtStart_AndNamesWhoIsWaitedFor()
    {
        using var folder = new TempFolder();
        using var worker = Start(folder, "--input", "-", "--urls", "http://127.0.0.1:0", "--set", "Streamx:events:Window=1", "--stuck", "Journal");
        var line = await worker.WaitForLineAsync(line => line.Contains("Watch the streams at ", StringComparison.Ordinal));
        using var client = new HttpClient { Timeout = WorkerProcess.Limit };
        var page = Regex.Match(line, @"http://127\.0\.0\.1:\d+/streamx").Value;

        await worker.Input.WriteAsync("one\ntwo\nthree\n");
        await worker.Input.FlushAsync();
        var html = await client.GetStringAsync(new Uri(page));
        var data = "";
        // What makes it so has no other way to tell.
        while (!data.Contains("\"waitingFor\":[\"Journal\"]", StringComparison.Ordinal)) data = await client.GetStringAsync(new Uri($"{page}/api/streams"));

        Assert.Contains("main.js", html, StringComparison.Ordinal);
        Assert.Contains("\"application\":\"WorkerDemo\"", data, StringComparison.Ordinal);
    }
}
