namespace Streamx.Hosting.Sqlite.Tests.Transport;

/// <summary>Many streams, many consumers, large values.</summary>
public sealed class ScaleTests : IDisposable
{
    private readonly TestFile _file = new();
    private readonly SqlStores _files = new(TimeProvider.System);

    [Fact]
    [Trait("Length", "long")]
    public async Task Streams_AThousandInOneFile_EachHasItsOwnValues()
    {
        var work = Enumerable.Range(1, 1000).Select(async number =>
        {
            var process = _file.CreateProcess(stream: $"s{number}", files: _files);
            await using var a = await process.JoinAsync("a", default);
            await using var lead = await process.LeadAsync([], default);
            await lead.BeginAsync(1);
            for (var sequence = 1; sequence <= 10; sequence++) await lead.AppendAsync(Deliveries.Value(sequence, $"{number}.{sequence}"));
            return await a.TakeAsync(10);
        });

        var taken = await Task.WhenAll(work).WithinAsync();

        Assert.All(taken.Index(), stream => Assert.Equal(Enumerable.Range(1, 10).Select(sequence => $"{sequence} {stream.Index + 1}.{sequence}"), stream.Item));
    }

    [Fact]
    public async Task Consumers_FiftyOfAStream_EachReceivesAll()
    {
        string[] names = [.. Enumerable.Range(1, 50).Select(number => $"c{number}")];
        var joined = await Task.WhenAll(names.Select(name => _file.CreateProcess(files: _files).JoinAsync(name, default))).WithinAsync();
        await using var lead = await _file.CreateProcess(files: _files).LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();

        await lead.AppendAsync(1, 20);
        var taken = await Task.WhenAll(joined.Select(session => session.TakeAsync(20)));
        await lead.Positions.WaitAsync(20, default).WithinAsync();

        Assert.All(taken, values => Assert.Equal(Enumerable.Range(1, 20).Select(number => $"{number} v{number}"), values));
        foreach (var session in joined) await session.DisposeAsync();
    }

    [Fact]
    public async Task Values_OfTenMegabytes_ReachAnotherProcess()
    {
        await using var a = await _file.CreateProcess().JoinAsync("a", default);
        await using var lead = await _file.CreateProcess().LeadAsync([], default).WithinAsync();
        await lead.BeginAsync(1).WithinAsync();
        var body = new byte[10 * 1024 * 1024];
        Random.Shared.NextBytes(body);

        for (var number = 1; number <= 3; number++)
        {
            await lead.AppendAsync(new TransportValue(number, body)).WithinAsync();
            var delivery = await a.NextAsync();
            a.Finish(number);
            Assert.True(delivery.Body.Span.SequenceEqual(body));
        }

        await lead.Positions.WaitForAsync("a", 3);
    }

    public void Dispose() => _file.Dispose();
}
