using System.Text;

namespace WorkerDemo.Tests.Lines;

public class LineSplitterTests
{
    private static List<string> Split(LineSplitter splitter, params string[] chunks) =>
        [.. chunks.SelectMany(chunk => splitter.Split(Encoding.UTF8.GetBytes(chunk)).ToList())];

    [Fact]
    public void Split_LinesAcrossChunks_JoinsThem()
    {
        var splitter = new LineSplitter();

        Assert.Equal(["one", "two", "", "three"], Split(splitter, "on", "e\r", "\ntwo\n\nth", "ree\nrest"));
        Assert.Equal("rest", splitter.End());
        Assert.Null(splitter.End());
    }

    [Fact]
    public void Split_CharacterAcrossChunks_IsDecodedWhole()
    {
        var splitter = new LineSplitter();
        var bytes = "é\n"u8.ToArray();

        var lines = splitter.Split(bytes.AsMemory(0, 1)).Concat(splitter.Split(bytes.AsMemory(1))).ToList();

        Assert.Equal(["é"], lines);
    }

    [Fact]
    public void Split_ByteOrderMark_IsNoPartOfTheFirstLine()
    {
        Assert.Equal(["one", "\uFEFFtwo"], Split(new LineSplitter(), "\uFEFFone\n\uFEFFtwo\n"));
    }

    [Fact]
    public void Split_LineThatIsTooLong_IsCut()
    {
        var splitter = new LineSplitter(maxLineBytes: 4);

        Assert.Equal(["abcd", "ef", "ghij"], Split(splitter, "abcdef\nghij"));
        Assert.Null(splitter.End());
    }

    [Fact]
    public void Split_LineOfExactlyTheLimit_IsNotCut()
    {
        Assert.Equal(["abcd", "e"], Split(new LineSplitter(maxLineBytes: 4), "abcd\ne\n"));
    }
}
