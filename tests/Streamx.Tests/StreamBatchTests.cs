using Streamx.Tests.Support;

namespace Streamx.Tests;

public sealed class StreamBatchTests
{
    [Fact]
    public void StreamBatch_OfThreeValues_ShowsThemInEveryForm()
    {
        var batch = new StreamBatch<string>(new[] { "a", "b", "c" });

        Assert.Equal(3, batch.Count);
        Assert.Equal(("a", "c"), (batch[0], batch[2]));
        Assert.Equal(["a", "b", "c"], batch.Span.ToArray());
        Assert.Equal(["a", "b", "c"], batch.Memory.ToArray());
        Assert.Equal(["a", "b", "c"], (IEnumerable<string>)batch);
        Assert.Equal("b", ((IReadOnlyList<string>)batch)[1]);
    }

    [Fact]
    public void StreamBatch_Default_IsEmpty()
    {
        StreamBatch<int> batch = default;

        Assert.True(batch is { Count: 0, Span.IsEmpty: true });
        Assert.Empty(batch);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void StreamBatch_IndexOutOfRange_Throws(int index)
    {
        var batch = new StreamBatch<int>(new[] { 1, 2 });

        Assert.Throws<IndexOutOfRangeException>(() => batch[index]);
    }

    [Fact]
    public async Task ForEach_AwaitsWithinTheBody_SeesEveryValueInOrder()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 8 });
        await using var reader = stream.Subscribe().ReadBatchesAsync(8, TimeSpan.Zero).GetAsyncEnumerator();
        for (var value = 1; value <= 3; value++) Assert.True(stream.TryPut(value));
        Assert.True(await reader.MoveNextAsync().WithinAsync());
        List<int> seen = [];

        foreach (var value in reader.Current)
        {
            await Task.Yield();
            seen.Add(value);
        }

        Assert.Equal([1, 2, 3], seen);
    }

    [Fact]
    public async Task StreamBatch_NextRead_ReusesItsMemory()
    {
        var stream = new AsyncStream<int>(new AsyncStreamOptions { Window = 8 });
        await using var reader = stream.Subscribe().ReadBatchesAsync(8, TimeSpan.Zero).GetAsyncEnumerator();
        Assert.True(stream.TryPut(1));
        Assert.True(await reader.MoveNextAsync().WithinAsync());
        var first = reader.Current;
        var copy = first.ToArray();
        Assert.True(stream.TryPut(2));

        Assert.True(await reader.MoveNextAsync().WithinAsync());

        Assert.Equal([1], copy);
        Assert.True(first.Span.Overlaps(reader.Current.Span));
    }
}
