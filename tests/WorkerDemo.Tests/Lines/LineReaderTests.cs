using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using WorkerDemo.Tests.Support;

namespace WorkerDemo.Tests.Lines;

public class LineReaderTests
{
    [Fact]
    public async Task Produce_FileWithoutFinalLineEnd_PutsEveryLine()
    {
        using var folder = new TempFolder();
        var input = folder.File("input.txt");
        await File.WriteAllTextAsync(input, "one\r\ntwo\n\nfour");
        var writer = new CollectingWriter(_ => { });

        await new LineReader(Options.Create(new DemoOptions { Input = input }), TimeProvider.System, NullLogger<LineReader>.Instance).ProduceAsync(writer, CancellationToken.None);

        Assert.Equal(["1 one", "2 two", "3 ", "4 four"], writer.Values.Select(value => $"{value.Sequence} {value.Message}"));
        Assert.All(writer.Values, value => Assert.Equal((HostEventKind.Line, input), (value.Kind, value.Source)));
    }
}
