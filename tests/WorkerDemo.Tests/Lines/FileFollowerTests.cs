using Microsoft.Extensions.Logging.Abstractions;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Lines;

public sealed class FileFollowerTests : IAsyncDisposable
{
    /// <summary>The folder of the log.</summary>
    private readonly TempFolder _folder = new();

    /// <summary>The lines as they come.</summary>
    private readonly IAsyncEnumerator<string> _lines;

    /// <summary>Ends the following.</summary>
    private readonly CancellationTokenSource _stop = new();

    public FileFollowerTests()
    {
        // It looks so often that every in-between state is seen in some run.
        var follower = new FileFollower(Log, TimeSpan.FromMilliseconds(1), TimeProvider.System, NullLogger.Instance);
        _lines = follower.ReadLinesAsync(_stop.Token).GetAsyncEnumerator();
    }

    private string Log => _folder.File("app.log");

    public async ValueTask DisposeAsync()
    {
        await _lines.DisposeAsync();
        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Follow_FileThatGrows_SeesCompleteLines()
    {
        await File.WriteAllTextAsync(Log, "one\ntw");
        await ExpectAsync("one");

        var next = NextAsync();
        await File.AppendAllTextAsync(Log, "o\nthree\n");

        Assert.Equal("two", await next);
        await ExpectAsync("three");
    }

    [Fact]
    public async Task Follow_FileThatDoesNotExistYet_WaitsForIt()
    {
        var next = NextAsync();

        await File.WriteAllTextAsync(Log, "one\n");

        Assert.Equal("one", await next);
    }

    [Fact]
    public async Task Follow_RenamedAndCreated_ReadsTheOldFileToItsEndFirst()
    {
        await File.WriteAllTextAsync(Log, "one\n");
        await ExpectAsync("one");

        await File.AppendAllTextAsync(Log, "two\nno end");
        File.Move(Log, _folder.File("app.log.1"));
        await File.WriteAllTextAsync(Log, "three\n");

        await ExpectAsync("two", "no end", "three");
    }

    [Fact]
    public async Task Follow_RenamedAndCreatedLonger_SeesTheNewFile()
    {
        await File.WriteAllTextAsync(Log, "one\n");
        await ExpectAsync("one");

        File.Move(Log, _folder.File("app.log.1"));
        await File.WriteAllTextAsync(Log, "a much longer line\nand another\n");

        await ExpectAsync("a much longer line", "and another");
    }

    [Fact]
    public async Task Follow_NewFileWithTheSameHeader_IsToldByItsLastBytes()
    {
        var header = new string('#', 3000);
        await File.WriteAllTextAsync(Log, $"{header}\nold\n");
        await ExpectAsync(header, "old");

        File.Move(Log, _folder.File("app.log.1"));
        await File.WriteAllTextAsync(Log, $"{header}\nnew\n");

        await ExpectAsync(header, "new");
    }

    [Fact]
    public async Task Follow_DeletedAndCreated_SeesTheNewFile()
    {
        await File.WriteAllTextAsync(Log, "one\n");
        await ExpectAsync("one");

        File.Delete(Log);
        await File.WriteAllTextAsync(Log, "two\n");

        await ExpectAsync("two");
    }

    [Fact]
    public async Task Follow_EmptyFileReplaced_SeesTheNewFile()
    {
        await File.WriteAllTextAsync(Log, "");
        var next = NextAsync();

        File.Move(Log, _folder.File("app.log.1"));
        await File.WriteAllTextAsync(Log, "one\n");

        Assert.Equal("one", await next);
    }

    [Fact]
    public async Task Follow_Truncated_ReadsFromTheBeginning()
    {
        await File.WriteAllTextAsync(Log, "one\ntwo\nthree");
        await ExpectAsync("one", "two");

        await File.WriteAllTextAsync(Log, "1\n");

        await ExpectAsync("three", "1");
    }

    [Fact]
    public async Task Follow_TruncatedAndGrownBeyond_ReadsFromTheBeginning()
    {
        await File.WriteAllTextAsync(Log, "one\n");
        await ExpectAsync("one");

        await File.WriteAllTextAsync(Log, "two, which is longer\n");

        await ExpectAsync("two, which is longer");
    }

    [Fact]
    public async Task Follow_Cancelled_Ends()
    {
        var next = NextAsync();

        await _stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    private async Task<string> NextAsync()
    {
        Assert.True(await _lines.MoveNextAsync().AsTask().WaitAsync(WorkerProcess.Limit));
        return _lines.Current;
    }

    private async Task ExpectAsync(params string[] expected)
    {
        foreach (var line in expected) Assert.Equal(line, await NextAsync());
    }
}
