namespace WorkerDemo.Tests.Kubernetes;

/// <summary>The sample's Dockerfile.</summary>
internal sealed class Dockerfile
{
    /// <summary>Keyword and arguments of every instruction.</summary>
    private readonly IReadOnlyList<(string Keyword, string Arguments)> _instructions =
    [
        .. from line in File.ReadAllLines(Path.Combine(Checkout.Sample, "Dockerfile"))
        where line.Length > 0 && line[0] != '#'
        let words = line.Split(' ', 2)
        select (words[0], words[1]),
    ];

    /// <summary>The image that each stage begins with: of a registry, or an earlier stage.</summary>
    internal IEnumerable<string> Images =>
        Arguments("FROM").Select(from => from.Split(' ').First(word => !word.StartsWith("--", StringComparison.Ordinal)));

    /// <summary>The names of the stages that have one.</summary>
    internal IEnumerable<string> Stages =>
        Arguments("FROM").Where(from => from.Contains(" AS ", StringComparison.Ordinal)).Select(from => from.Split(' ')[^1]);

    /// <summary>The stages that files are copied from.</summary>
    internal IEnumerable<string> CopiedFrom =>
        Arguments("COPY").Where(copy => copy.StartsWith("--from=", StringComparison.Ordinal)).Select(copy => copy.Split('=', ' ')[1]);

    /// <summary>What the image is made with by the last stage.</summary>
    /// <param name="keyword">An instruction that stands there once.</param>
    internal string Last(string keyword)
    {
        var from = _instructions.Index().Last(item => item.Item.Keyword == "FROM").Index;
        return _instructions.Skip(from).Single(item => item.Keyword == keyword).Arguments;
    }

    /// <summary>The arguments of all instructions with a keyword.</summary>
    internal IEnumerable<string> Arguments(string keyword) =>
        _instructions.Where(item => item.Keyword == keyword).Select(item => item.Arguments);
}
